-- The correction ledger of the invoices of one month: each original, then its corrections in order.
--
-- The row that holds on a date is the one with valid_from <= date and (valid_to IS NULL OR date <= valid_to):
-- effective_* is what the invoice came to, as known on that date; is_current is the newest one.
-- A correction whose original is not in the lake waits in the month that it bills itself (state `waiting`):
-- it shows its difference and no effective value. One whose difference is not known (`unknown`) makes the
-- effective value unknown from then on.
WITH ledger AS (
    SELECT
        corrects_key AS original_key,
        1 AS is_correction,
        coalesce(issue_date, CAST(received_at AS DATE)) AS valid_from,
        *
    FROM corrections
    UNION ALL BY NAME
    SELECT
        invoice_key AS original_key,
        0 AS is_correction,
        coalesce(issue_date, CAST(received_at AS DATE)) AS valid_from,
        *
    FROM originals
),
ordered AS (
    SELECT
        *,
        row_number() OVER run - 1 AS sequence,
        sum(effect_kwh) OVER run AS effective_kwh,
        sum(effect_net) OVER run AS effective_net,
        sum(effect_tax) OVER run AS effective_tax,
        sum(effect_gross) OVER run AS effective_gross,
        min(is_correction) OVER (PARTITION BY original_key) AS waiting,
        bool_or(effect = 'unknown') OVER run AS broken,
        lead(valid_from) OVER run AS next_from,
        first_value(period_month) OVER run AS first_month,
        first_value(invoice_number) OVER run AS first_number,
        first_value(issue_date) OVER run AS first_issued,
        first_value(effect_kwh) OVER run AS first_kwh,
        first_value(effect_net) OVER run AS first_net,
        first_value(effect_gross) OVER run AS first_gross
    FROM ledger
    WINDOW run AS (
        PARTITION BY original_key ORDER BY is_correction, valid_from, invoice_key
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
SELECT
    $period_month::DATE AS period_month,
    original_key,
    CASE WHEN waiting = 1 THEN 'waiting' WHEN broken THEN 'unknown' ELSE 'joined' END AS state,
    CASE WHEN waiting = 1 THEN sequence + 1 ELSE sequence END AS sequence,
    seller_tax_id AS supplier_tax_id,
    seller_name AS supplier_name,
    point_key,
    currency,
    CASE WHEN waiting = 1 THEN corrects_invoice_number ELSE first_number END AS original_number,
    CASE WHEN waiting = 1 THEN corrects_issue_date ELSE first_issued END AS original_issue_date,
    CASE WHEN is_correction = 1 THEN invoice_number END AS correction_number,
    CASE WHEN is_correction = 1 THEN issue_date END AS correction_issue_date,
    CASE WHEN is_correction = 1 THEN ledger_month END AS correction_month,
    corrects_reason AS reason,
    document_id,
    CASE WHEN waiting = 0 THEN first_kwh END AS original_kwh,
    CASE WHEN waiting = 0 THEN first_net END AS original_net,
    CASE WHEN waiting = 0 THEN first_gross END AS original_gross,
    CASE WHEN is_correction = 1 THEN effect_kwh END AS difference_kwh,
    CASE WHEN is_correction = 1 THEN effect_net END AS difference_net,
    CASE WHEN is_correction = 1 THEN effect_tax END AS difference_tax,
    CASE WHEN is_correction = 1 THEN effect_gross END AS difference_gross,
    CASE WHEN waiting = 0 AND NOT broken THEN effective_kwh END AS effective_kwh,
    CASE WHEN waiting = 0 AND NOT broken THEN effective_net END AS effective_net,
    CASE WHEN waiting = 0 AND NOT broken THEN effective_tax END AS effective_tax,
    CASE WHEN waiting = 0 AND NOT broken THEN effective_gross END AS effective_gross,
    valid_from,
    CAST(next_from - INTERVAL 1 DAY AS DATE) AS valid_to,
    next_from IS NULL AS is_current
FROM (SELECT *, period_month AS ledger_month FROM ordered)
