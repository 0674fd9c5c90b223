-- The taxes of some months' invoices, added up by country, currency, name and rate, forecasts apart.
--
-- From the tax subtotals that the documents print, where they account for the tax that the document adds to
-- the books; else (no subtotals, or a correction that prints other ones) the document's net and tax stand
-- under no name and rate. Credit notes take away. Taxes that are part of the price (ICMS, PIS and COFINS on
-- Brazilian bills, which state no tax total) are taken as printed.
-- pipelines/gold/sums.py computes the same rows; a test holds them together.
WITH documents AS (
    SELECT
        period_month,
        country,
        currency,
        document_type IN ('forecast', 'advance') AS advance,
        effect,
        effect_net,
        effect_tax,
        taxes,
        list_sum(list_transform(taxes, lambda tax : tax.amount)) AS printed,
        len(taxes) > 0 AND (
            (tax_total IS NULL AND effect = 'total')
            OR abs(printed - CASE WHEN effect = 'credit' THEN abs(effect_tax) * sign(printed) ELSE effect_tax END) <= 0.02
        ) IS TRUE AS itemised
    FROM invoices
    WHERE effect <> 'unknown'
),
parts AS (
    SELECT
        * EXCLUDE (tax),
        tax.name AS tax_name,
        tax.rate AS rate,
        CASE WHEN effect = 'credit' THEN -abs(tax.base) ELSE tax.base END AS base,
        CASE WHEN effect = 'credit' THEN -abs(tax.amount) ELSE tax.amount END AS amount
    FROM (SELECT * EXCLUDE (taxes), unnest(taxes) AS tax FROM documents WHERE itemised)
    UNION ALL BY NAME
    SELECT * EXCLUDE (taxes), effect_net AS base, effect_tax AS amount
    FROM documents
    WHERE NOT coalesce(itemised, false) AND effect_tax IS NOT NULL
)
SELECT
    period_month,
    country,
    currency,
    advance,
    tax_name,
    rate,
    count(*) AS documents,
    sum(base) AS base,
    sum(amount) AS amount
FROM parts
GROUP BY period_month, country, currency, advance, tax_name, rate
