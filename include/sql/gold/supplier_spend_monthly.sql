-- All invoices of one month by supplier and currency: what was charged, what was credited, what it comes to.
--
-- A row of invoice_sums is one or more invoices that are alike in all that is asked here (sums/invoice_sums.sql).
-- Forecasts and advances stand apart, because the settlement charges them again.
SELECT
    period_month,
    seller_tax_id AS supplier_tax_id,
    min(seller_name) AS supplier_name,
    country,
    currency,
    coalesce(sum(invoices) FILTER (NOT advance AND NOT again), 0) AS invoices,
    coalesce(sum(invoices) FILTER (again), 0) AS corrections,
    sum(effect_net) FILTER (NOT advance) AS net,
    sum(effect_tax) FILTER (NOT advance) AS tax,
    sum(effect_gross) FILTER (NOT advance) AS gross,
    sum(effect_gross) FILTER (NOT advance AND effect_gross < 0) AS credited_gross,
    sum(effect_gross) FILTER (advance) AS forecast_gross,
    coalesce(sum(invoices) FILTER (effect = 'unknown'), 0) AS corrections_left_out
FROM (
    SELECT
        *,
        document_type IN ('forecast', 'advance') AS advance,
        document_type IN ('correction', 'credit_note') AS again
    FROM invoice_sums
    WHERE point_key IS NULL
)
GROUP BY period_month, seller_tax_id, CASE WHEN seller_tax_id IS NULL THEN seller_name END, country, currency
