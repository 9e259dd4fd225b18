"""The worker's SQL, which goes through asyncpg: a whole batch in each statement."""

from services.scorecard.counting.groups import GROUPS, PEOPLE_SLOTS, SLOTS, SLOTS_IN_SQL

LEAD = "SELECT pg_try_advisory_lock(hashtext('scorecard counting'))"
TAKE = """
DELETE FROM uncounted WHERE seq = ANY (ARRAY(SELECT seq FROM uncounted ORDER BY seq LIMIT $1))
RETURNING seq, round_id, unit_code, village_code, slots, people, scores, counts, slot_people
"""
SET_ASIDE = """
INSERT INTO uncountable
    (seq, round_id, unit_code, village_code, slots, people, scores, counts, slot_people, reason, set_aside_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())
"""

_UNITS = """
SELECT card.round_id, card.unit_code, card.unit_kind, card.area_code, card.indicator_count,
       jsonb_array_length(card.own_indicators) AS own_indicators, card.steps, round.suppression_threshold,
       village.village_code, village.ballots, village.tallied, village.participants, village.counts, village.people
FROM {source}
JOIN round ON round.id = card.round_id
LEFT JOIN unit_histogram AS village ON village.round_id = card.round_id AND village.unit_code = card.unit_code
"""
UNITS_OF_BATCH = _UNITS.format(
    source="unnest($1::uuid[], $2::text[]) AS place (round_id, unit_code)"
    " JOIN scorecard AS card ON card.round_id = place.round_id AND card.unit_code = place.unit_code"
)
UNITS_OF_ROUND = _UNITS.format(source="scorecard AS card") + "WHERE card.round_id = $1 ORDER BY card.unit_code"

ADD_TO_UNITS = f"""
MERGE INTO unit_histogram AS kept
USING json_to_recordset($1::json) AS change (
    round_id uuid, unit_code text, village_code text, ballots int, tallied int, width int, counts_at int[],
    counts int[], people_at int[], people int[], slot_counts_at int[], slot_counts int[])
ON kept.round_id = change.round_id AND kept.unit_code = change.unit_code AND kept.village_code = change.village_code
WHEN MATCHED AND cardinality(kept.counts) = change.width THEN UPDATE SET
    ballots = kept.ballots + change.ballots,
    tallied = kept.tallied + change.tallied,
    participants = kept.participants + change.ballots + change.tallied,
    counts = add_cells(kept.counts, counts_at, change.counts),
    people = add_cells(kept.people, people_at, change.people),
    slot_counts = add_cells(kept.slot_counts, slot_counts_at, change.slot_counts)
WHEN MATCHED THEN UPDATE SET
    ballots = change.ballots,
    tallied = change.tallied,
    participants = change.ballots + change.tallied,
    counts = add_cells(array_fill(0, ARRAY[width]), counts_at, change.counts),
    people = add_cells(array_fill(0, ARRAY[{SLOTS}]), people_at, change.people),
    slot_counts = add_cells(array_fill(0, ARRAY[{SLOTS} * width]), slot_counts_at, change.slot_counts)
WHEN NOT MATCHED THEN INSERT
    (round_id, unit_code, village_code, ballots, tallied, participants, counts, people, slot_counts)
    VALUES (change.round_id, change.unit_code, change.village_code, change.ballots, change.tallied,
            change.ballots + change.tallied,
            add_cells(array_fill(0, ARRAY[width]), counts_at, change.counts),
            add_cells(array_fill(0, ARRAY[{SLOTS}]), people_at, change.people),
            add_cells(array_fill(0, ARRAY[{SLOTS} * width]), slot_counts_at, change.slot_counts))
"""  # noqa: S608 - constants are put in
"""A kept row of another width counts nobody any more: its unit had other questions before they were settled."""
ADD_TO_AREAS = f"""
MERGE INTO area_histogram AS kept
USING json_to_recordset($1::json) AS change (
    round_id uuid, area_code text, unit_kind text, units_scored int, ballots int, tallied int, width int,
    counts_at int[], counts int[], people_at int[], people int[])
ON kept.round_id = change.round_id AND kept.area_code = change.area_code AND kept.unit_kind = change.unit_kind
WHEN MATCHED THEN UPDATE SET
    units_scored = kept.units_scored + change.units_scored,
    ballots = kept.ballots + change.ballots,
    tallied = kept.tallied + change.tallied,
    counts = add_cells(kept.counts, counts_at, change.counts),
    people = add_cells(kept.people, people_at, change.people)
WHEN NOT MATCHED THEN INSERT (round_id, area_code, unit_kind, units_scored, ballots, tallied, counts, people)
    VALUES (change.round_id, change.area_code, change.unit_kind, change.units_scored, change.ballots, change.tallied,
            add_cells(array_fill(0, ARRAY[width]), counts_at, change.counts),
            add_cells(array_fill(0, ARRAY[{len(GROUPS)}]), people_at, change.people))
"""  # noqa: S608 - constants are put in
EMPTY_AREAS = "DELETE FROM area_histogram WHERE round_id = $1"

CHANGES = "SELECT seq, round_id, recount, from_ballots FROM round_change ORDER BY seq LIMIT 10000"
FORGET_COUNTED = (
    "DELETE FROM uncounted WHERE round_id = $1",
    "DELETE FROM uncountable WHERE round_id = $1",
    "DELETE FROM unit_histogram WHERE round_id = $1",
    EMPTY_AREAS,
)
QUEUE_BALLOTS = f"""
INSERT INTO uncounted (round_id, unit_code, village_code, slots, scores)
SELECT round_id, unit_code, coalesce(village_code, ''), {SLOTS_IN_SQL}, scores
FROM ballot WHERE round_id = $1 AND NOT late AND NOT withdrawn
"""  # noqa: S608 - a constant is put in
QUEUE_TALLIES = """
INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, counts)
SELECT round_id, unit_code, coalesce(village_code, ''), ARRAY[slot], participants, counts
FROM tally JOIN tally_group ON tally_group.tally_id = tally.id
WHERE round_id = $1 AND NOT late AND withdrawn_at IS NULL
"""
FORGET_CHANGES = "DELETE FROM round_change WHERE seq = ANY ($1::bigint[])"
PROGRESS = f"""
WITH late AS (
    SELECT unit_code, sum(people)::int AS people FROM (
        SELECT unit_code, 1 AS people FROM ballot WHERE round_id = $1 AND late AND NOT withdrawn
        UNION ALL
        SELECT unit_code, participants FROM tally JOIN tally_group ON tally_group.tally_id = tally.id
        WHERE round_id = $1 AND late AND withdrawn_at IS NULL AND slot < {PEOPLE_SLOTS}
    ) AS come GROUP BY unit_code
), card AS (
    SELECT unit_kind, substr(area_code, 1, 2) AS province,
           CASE WHEN length(area_code) >= 4 THEN substr(area_code, 1, 4) END AS district,
           CASE WHEN length(area_code) >= 6 THEN substr(area_code, 1, 6) END AS commune,
           submitted AND scored AS reported, submitted AND NOT scored AS empty,
           scorecard.state = 'completed' AND scored AS completed,
           coalesce(first_submitted_at <= coalesce(scoring_closes_at, closed_at, 'infinity'), false) AS in_time,
           published_at IS NOT NULL AS published, coalesce(late.people, 0) AS late
    FROM scorecard JOIN round ON round.id = round_id LEFT JOIN late USING (unit_code)
    CROSS JOIN LATERAL (SELECT scorecard.state IN ('in_review', 'completed') AS submitted) AS standing
    WHERE round_id = $1
), present AS (
    SELECT coalesce(commune, district, province, '') AS area_code, unit_kind, count(*) AS planned,
           count(*) FILTER (WHERE reported) AS reported, count(*) FILTER (WHERE reported AND in_time) AS on_time,
           count(*) FILTER (WHERE empty) AS empty,
           count(*) FILTER (WHERE completed) AS completed, count(*) FILTER (WHERE published) AS published,
           sum(late) AS late
    FROM card GROUP BY unit_kind, ROLLUP (province, district, commune)
    HAVING (grouping(commune) = 1 OR commune IS NOT NULL) AND (grouping(district) = 1 OR district IS NOT NULL)
)
MERGE INTO area_progress AS kept USING present
ON kept.round_id = $1 AND kept.area_code = present.area_code AND kept.unit_kind = present.unit_kind
WHEN MATCHED AND (kept.planned, kept.reported, kept.on_time, kept.empty, kept.completed, kept.published, kept.late)
    IS DISTINCT FROM (present.planned, present.reported, present.on_time, present.empty, present.completed,
                      present.published, present.late)
    THEN UPDATE SET planned = present.planned, reported = present.reported, on_time = present.on_time,
                    empty = present.empty, completed = present.completed, published = present.published,
                    late = present.late
WHEN NOT MATCHED THEN INSERT
    (round_id, area_code, unit_kind, planned, reported, on_time, empty, completed, published, late)
    VALUES ($1, present.area_code, present.unit_kind, present.planned, present.reported, present.on_time,
            present.empty, present.completed, present.published, present.late)
WHEN NOT MATCHED BY SOURCE AND kept.round_id = $1 THEN DELETE
"""  # noqa: S608 - constants are put in
"""A unit of a district has no commune, so it is summed up in its district and above only."""
RECORDS = "coalesce(sum(CASE WHEN slot_people IS NULL THEN 1 ELSE people END), 0)::int"
"""How many ballots, and groups of tallies, rows of the queue stand for."""
WAITING = f"SELECT {RECORDS} FROM uncounted"  # noqa: S608 - a constant is put in
ASIDE = f"SELECT {RECORDS} FROM uncountable"  # noqa: S608 - a constant is put in
