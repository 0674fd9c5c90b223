-- Energy of each metering point, billed in one month, spread by days over the calendar months it was used in.
--
-- Both views add up: by period_month it is what was billed, by calendar_month what was used. Spreading is
-- by whole days, both ends of a period counted, and rounded so that the parts add up to the bill.
-- A point that has a sales and a distribution bill is counted once, by its sales bill.
-- days_billed is how many days of the calendar month the bills cover (a correction covers none anew),
-- overlap_days how many of them more than once; over all billing months of a calendar month, fewer
-- days_billed than days_in_month is a gap, more is an overlap.
-- Most points have one bill of one calendar month: such bills are rows as they stand, in silver's order, and
-- all the work is for the others, which come after them by point and calendar month. (Of a large month, the bills
-- of points that have one bill come first, row group by row group of silver: pipelines/gold/pieces.py.)
WITH bills AS MATERIALIZED (
    SELECT
        period_month,
        point_key,
        point_id,
        point_scheme,
        tariff_group,
        distributor,
        country,
        document_id,
        invoice_key,
        document_type IN ('forecast', 'advance') AS advance,
        document_type IN ('correction', 'credit_note') AS again,
        bill_part IS NOT DISTINCT FROM 'distribution' AS transport,
        effect_kwh,
        CASE WHEN effect = 'credit' THEN -abs(exported_kwh) ELSE exported_kwh END AS exported_kwh,
        CASE WHEN effect = 'credit' THEN -abs(compensated_kwh) ELSE compensated_kwh END AS compensated_kwh,
        -- without a period, a bill counts in its billing month and covers no days
        period_start IS NOT NULL AND period_end IS NOT NULL
            AND period_end BETWEEN period_start AND period_start + INTERVAL 5 YEAR AS dated,
        CASE WHEN dated THEN period_start ELSE period_month END AS day_first,
        CASE WHEN dated THEN period_end ELSE period_month END AS day_last,
        dated AND NOT advance AND NOT again AND date_trunc('month', period_start) = date_trunc('month', period_end) AS plain
    FROM invoices
    WHERE kind = 'electricity' AND point_key IS NOT NULL
),
-- a collective invoice is one bill for each of its points
parts_of_collective AS MATERIALIZED (
    SELECT
        period_month,
        part.point_key AS point_key,
        part.point_id AS point_id,
        part.scheme AS point_scheme,
        tariff_group,
        distributor,
        country,
        document_id,
        invoice_key,
        document_type IN ('forecast', 'advance') AS advance,
        document_type IN ('correction', 'credit_note') AS again,
        bill_part IS NOT DISTINCT FROM 'distribution' AS transport,
        part.effect_kwh AS effect_kwh,
        CASE WHEN effect = 'credit' THEN -abs(part.exported_kwh) ELSE part.exported_kwh END AS exported_kwh,
        NULL::DECIMAL(18, 3) AS compensated_kwh,
        part.period_start IS NOT NULL AND part.period_end IS NOT NULL
            AND part.period_end BETWEEN part.period_start AND part.period_start + INTERVAL 5 YEAR AS dated,
        CASE WHEN dated THEN part.period_start ELSE period_month END AS day_first,
        CASE WHEN dated THEN part.period_end ELSE period_month END AS day_last,
        false AS plain
    FROM (SELECT *, unnest(points) AS part FROM invoices WHERE point_key IS NULL AND points IS NOT NULL)
    WHERE kind = 'electricity' AND part.point_key IS NOT NULL
),
repeated AS MATERIALIZED (
    SELECT point_key
    FROM (SELECT point_key FROM bills UNION ALL SELECT point_key FROM parts_of_collective)
    GROUP BY point_key
    HAVING count(*) > 1
),
several AS MATERIALIZED (
    SELECT * FROM bills WHERE NOT plain OR point_key IN (SELECT point_key FROM repeated)
    UNION ALL
    SELECT * FROM parts_of_collective
),
-- whose kWh count for a point: the bills that sell energy, else those that transport it
counted AS (
    SELECT point_key, NOT bool_and(transport) AS sold
    FROM several
    WHERE NOT advance
    GROUP BY point_key
),
-- days that an earlier bill of the point covers already: of the same kind, and no correction
covered AS (
    SELECT
        invoice_key,
        point_key,
        max(day_last) OVER (
            PARTITION BY point_key, transport
            ORDER BY day_first, day_last, invoice_key
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_to
    FROM several
    WHERE dated AND NOT advance AND NOT again
),
spread AS (
    SELECT
        several.*,
        covered.covered_to,
        CAST(month AS DATE) AS calendar_month,
        greatest(day_first, CAST(month AS DATE)) AS part_first,
        least(day_last, CAST(month + INTERVAL 1 MONTH - INTERVAL 1 DAY AS DATE)) AS part_last,
        day_last - day_first + 1 AS days,
        part_first - day_first AS days_before,
        part_last - day_first + 1 AS days_to
    FROM several
    LEFT JOIN covered USING (invoice_key, point_key),
    unnest(generate_series(date_trunc('month', day_first), date_trunc('month', day_last), INTERVAL 1 MONTH)) AS _(month)
),
parts AS (
    SELECT
        spread.*,
        coalesce(counted.sold, false) AS sold,
        round(effect_kwh * days_to / days, 3) - round(effect_kwh * days_before / days, 3) AS part_kwh,
        round(exported_kwh * days_to / days, 3) - round(exported_kwh * days_before / days, 3) AS part_exported,
        round(compensated_kwh * days_to / days, 3) - round(compensated_kwh * days_before / days, 3) AS part_compensated,
        dated AND NOT advance AND NOT again AND transport IS DISTINCT FROM coalesce(counted.sold, false) AS covers
    FROM spread
    LEFT JOIN counted USING (point_key)
)
SELECT
    period_month,
    CAST(date_trunc('month', day_first) AS DATE) AS calendar_month,
    point_key,
    point_id,
    point_scheme,
    country,
    tariff_group,
    distributor,
    effect_kwh AS kwh,
    NULL AS distribution_kwh,
    NULL AS forecast_kwh,
    exported_kwh,
    compensated_kwh,
    1 AS bills,
    day_last - day_first + 1 AS days_billed,
    0 AS overlap_days,
    day(last_day(day_first)) AS days_in_month,
    day_first AS first_day,
    day_last AS last_day
FROM bills
WHERE plain AND point_key NOT IN (SELECT point_key FROM repeated)
UNION ALL
(
    SELECT
        period_month,
        calendar_month,
        point_key,
        arg_max(point_id, document_id) AS point_id,
        arg_max(point_scheme, document_id) AS point_scheme,
        arg_max(country, document_id) AS country,
        arg_max(tariff_group, document_id) AS tariff_group,
        arg_max(distributor, document_id) AS distributor,
        sum(part_kwh) FILTER (NOT advance AND transport IS DISTINCT FROM sold) AS kwh,
        sum(part_kwh) FILTER (NOT advance AND transport AND sold) AS distribution_kwh,
        sum(part_kwh) FILTER (advance) AS forecast_kwh,
        sum(part_exported) FILTER (NOT advance AND transport IS DISTINCT FROM sold) AS exported_kwh,
        sum(part_compensated) FILTER (NOT advance AND transport IS DISTINCT FROM sold) AS compensated_kwh,
        count(*) FILTER (NOT advance) AS bills,
        coalesce(sum(part_last - greatest(part_first, coalesce(covered_to + 1, part_first)) + 1)
            FILTER (covers AND part_last > coalesce(covered_to, part_last - 1)), 0) AS days_billed,
        coalesce(sum(least(part_last, covered_to) - part_first + 1)
            FILTER (covers AND covered_to >= part_first), 0) AS overlap_days,
        day(last_day(calendar_month)) AS days_in_month,
        min(part_first) FILTER (covers) AS first_day,
        max(part_last) FILTER (covers) AS last_day
    FROM parts
    GROUP BY period_month, calendar_month, point_key
    ORDER BY point_key, calendar_month
)
