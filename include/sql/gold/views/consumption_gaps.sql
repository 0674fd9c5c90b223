-- Days that no bill of a metering point covers, and days that more than one covers, across billing months too.
--
-- One row a stretch of days: kind gap or overlap, first_day and last_day both included. period_month is the
-- billing month of the bill that begins after the gap, or that covers the days again. Inside one billing and
-- calendar month only the number of days is known: there first_day and last_day bound the stretch.
WITH covers AS (
    SELECT point_key, point_id, period_month, first_day, last_day, days_billed, overlap_days
    FROM consumption_per_ppe
    WHERE first_day IS NOT NULL
),
ordered AS (
    SELECT
        *,
        max(last_day) OVER (
            PARTITION BY point_key
            ORDER BY first_day, last_day, period_month
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
    FROM covers
)
SELECT point_key, point_id, period_month, 'gap' AS kind, before + 1 AS first_day, first_day - 1 AS last_day,
    first_day - before - 1 AS days
FROM ordered
WHERE first_day > before + 1
UNION ALL
SELECT point_key, point_id, period_month, 'overlap', first_day, least(last_day, before),
    least(last_day, before) - first_day + 1
FROM ordered
WHERE first_day <= before
UNION ALL
SELECT point_key, point_id, period_month, 'gap', first_day, last_day, last_day - first_day + 1 - days_billed
FROM covers
WHERE days_billed < last_day - first_day + 1
UNION ALL
SELECT point_key, point_id, period_month, 'overlap', first_day, last_day, overlap_days
FROM covers
WHERE overlap_days > 0
