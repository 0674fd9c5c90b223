-- The invoices of some months, added up where they are alike in all that gold's sums ask of them.
--
-- monthly_energy_costs and supplier_spend_monthly are made from these rows instead of from each invoice: columns
-- that filter (also whether net and gross are known, and the sign of gross) are alike within a row, so that a
-- condition on a row holds for each invoice behind it.
-- Points cannot be added up where one has several bills in a month (or a part of a collective invoice): each such
-- point stands in rows of its own (point_key), with no invoices; `points` counts the others.
-- pipelines/gold/sums.py computes the same rows; a test holds them together.
WITH billed AS (
    SELECT period_month, country, tariff_group, currency, seller_tax_id, seller_name, point_key, false AS part
    FROM invoices
    WHERE kind = 'electricity' AND point_key IS NOT NULL
    UNION ALL
    SELECT period_month, country, tariff_group, currency, seller_tax_id, seller_name, unnest(points).point_key, true
    FROM invoices
    WHERE kind = 'electricity' AND point_key IS NULL AND points IS NOT NULL
),
several AS (
    SELECT period_month, point_key
    FROM billed
    WHERE point_key IS NOT NULL
    GROUP BY period_month, point_key
    HAVING count(*) > 1 OR bool_or(part)
)
SELECT
    period_month,
    kind,
    document_type,
    bill_part,
    effect,
    country,
    tariff_group,
    currency,
    seller_tax_id,
    seller_name,
    NULL AS point_key,
    count(*) AS invoices,
    count(*) FILTER (kind = 'electricity' AND point_key IS NOT NULL
        AND (period_month, point_key) NOT IN (SELECT (period_month, point_key) FROM several)) AS points,
    sum(effect_kwh) AS effect_kwh,
    sum(effect_net) AS effect_net,
    sum(effect_tax) AS effect_tax,
    sum(effect_gross) AS effect_gross,
    sum(exported_kwh) AS exported_kwh,
    sum(compensated_kwh) AS compensated_kwh
FROM invoices
GROUP BY
    period_month, kind, document_type, bill_part, effect, country, tariff_group, currency, seller_tax_id, seller_name,
    effect_net IS NULL, effect_gross IS NULL, effect_gross < 0
UNION ALL BY NAME
SELECT DISTINCT
    period_month,
    'electricity' AS kind,
    country,
    tariff_group,
    currency,
    seller_tax_id,
    seller_name,
    point_key,
    0 AS invoices,
    0 AS points
FROM billed
WHERE (period_month, point_key) IN (SELECT (period_month, point_key) FROM several)
