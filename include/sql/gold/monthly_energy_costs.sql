-- Energy bills of one billing month by supplier, tariff group and currency.
--
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
    count(*) FILTER (NOT advance AND NOT part) AS bills,
    count(DISTINCT point_key) AS points,
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
    count(*) FILTER (effect = 'unknown' AND NOT part) AS corrections_left_out
FROM (
    SELECT
        *,
        false AS part,
        document_type IN ('forecast', 'advance') AS advance,
        bill_part IS NOT DISTINCT FROM 'distribution' AS transport
    FROM invoices
    WHERE kind = 'electricity'
    UNION ALL BY NAME
    -- the points of collective invoices, to be counted with the others; all else stands in the row above
    SELECT
        period_month,
        seller_tax_id,
        seller_name,
        country,
        tariff_group,
        currency,
        document_type IN ('forecast', 'advance') AS advance,
        true AS part,
        unnest(points).point_key AS point_key
    FROM invoices
    WHERE kind = 'electricity' AND point_key IS NULL AND points IS NOT NULL
)
GROUP BY period_month, seller_tax_id, CASE WHEN seller_tax_id IS NULL THEN seller_name END, country, tariff_group, currency
