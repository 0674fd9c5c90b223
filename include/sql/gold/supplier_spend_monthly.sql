-- All invoices of one month by supplier and currency: what was charged, what was credited, what it comes to.
--
-- Forecasts and advances stand apart, because the settlement charges them again.
SELECT
    period_month,
    seller_tax_id AS supplier_tax_id,
    min(seller_name) AS supplier_name,
    country,
    currency,
    count(*) FILTER (NOT advance AND NOT again) AS invoices,
    count(*) FILTER (again) AS corrections,
    sum(effect_net) FILTER (NOT advance) AS net,
    sum(effect_tax) FILTER (NOT advance) AS tax,
    sum(effect_gross) FILTER (NOT advance) AS gross,
    sum(effect_gross) FILTER (NOT advance AND effect_gross < 0) AS credited_gross,
    sum(effect_gross) FILTER (advance) AS forecast_gross,
    count(*) FILTER (effect = 'unknown') AS corrections_left_out
FROM (
    SELECT
        *,
        document_type IN ('forecast', 'advance') AS advance,
        document_type IN ('correction', 'credit_note') AS again
    FROM invoices
)
GROUP BY period_month, seller_tax_id, CASE WHEN seller_tax_id IS NULL THEN seller_name END, country, currency
