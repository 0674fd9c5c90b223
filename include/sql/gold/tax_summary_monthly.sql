-- Taxes of one month by country, name and rate: sums/tax_sums.sql says which.
--
-- Forecasts and advances stand apart, because the settlement states them again.
SELECT
    period_month,
    country,
    currency,
    tax_name,
    rate,
    coalesce(sum(documents) FILTER (NOT advance), 0) AS documents,
    sum(base) FILTER (NOT advance) AS base,
    sum(amount) FILTER (NOT advance) AS amount,
    sum(amount) FILTER (advance) AS forecast_amount
FROM tax_sums
GROUP BY period_month, country, currency, tax_name, rate
