-- Energy bills of one billing month by supplier, tariff group and currency.
--
-- A row of invoice_sums is one or more bills that are alike in all that is asked here, or (point_key) a point that
-- has several bills (sums/invoice_sums.sql).
-- kWh of forecasts and advances stand apart, because the settlement bills them again; so does their money.
-- kWh of bills for distribution alone stand apart, because the sales bill of the point bills the same energy.
-- Sums take what a document adds to the books (effect_*), so corrections and credit notes reduce them.
SELECT
    period_month,
    seller_tax_id AS supplier_tax_id,
    min(seller_name) AS supplier_name,
    country,
    tariff_group,
    currency,
    coalesce(sum(invoices) FILTER (NOT advance), 0) AS bills,
    sum(points) + count(DISTINCT point_key) AS points,
    sum(effect_kwh) FILTER (NOT advance AND NOT transport) AS kwh,
    sum(effect_kwh) FILTER (NOT advance AND transport) AS distribution_kwh,
    sum(exported_kwh) FILTER (NOT advance) AS exported_kwh,
    sum(compensated_kwh) FILTER (NOT advance) AS compensated_kwh,
    sum(effect_net) FILTER (NOT advance) AS net,
    sum(effect_tax) FILTER (NOT advance) AS tax,
    sum(effect_gross) FILTER (NOT advance) AS gross,
    sum(effect_net) FILTER (NOT advance)
        / nullif(sum(effect_kwh) FILTER (NOT advance AND effect_net IS NOT NULL), 0) AS net_per_kwh,
    sum(effect_gross) FILTER (NOT advance)
        / nullif(sum(effect_kwh) FILTER (NOT advance AND effect_gross IS NOT NULL), 0) AS gross_per_kwh,
    sum(effect_kwh) FILTER (advance) AS forecast_kwh,
    sum(effect_gross) FILTER (advance) AS forecast_gross,
    coalesce(sum(invoices) FILTER (effect = 'unknown'), 0) AS corrections_left_out
FROM (
    SELECT
        *,
        document_type IN ('forecast', 'advance') AS advance,
        bill_part IS NOT DISTINCT FROM 'distribution' AS transport
    FROM invoice_sums
    WHERE kind = 'electricity'
)
GROUP BY period_month, seller_tax_id, CASE WHEN seller_tax_id IS NULL THEN seller_name END, country, tariff_group, currency
