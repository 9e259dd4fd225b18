-- A round with ballots, a meeting, a self-assessment and a published result.
INSERT INTO area (id, code, level, parent_code, name_km, name_en, status, version)
VALUES ('01990000-0000-7000-8000-000000000003', '020301', 'commune', '0203', 'ទួលតាឯក', 'Tuol Ta Ek', 'open', 1);
INSERT INTO unit (id, code, kind, area_code, name_km, name_en, status, version)
VALUES ('01990000-0000-7000-8000-000000000011', 'HC-020301-1', 'health_centre', '020301', 'មណ្ឌល', 'Health centre', 'open', 2);
INSERT INTO round (id, year, title_km, title_en, area_codes, state, suppression_threshold, opened_at, closed_at, version)
VALUES ('01990000-0000-7000-8000-000000000061', 2026, 'ជុំ', 'Round', '{02}', 'closed', 5, '2026-01-01Z', '2026-02-01Z', 3);
INSERT INTO round_indicator_set (round_id, indicator_set_id)
SELECT '01990000-0000-7000-8000-000000000061', id FROM indicator_set WHERE unit_kind = 'health_centre';
INSERT INTO phone_key (round_id, inner_pad, outer_pad) VALUES ('01990000-0000-7000-8000-000000000061', '\x01', '\x02');
INSERT INTO scorecard (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count, accepts_scores, state,
    submitted_by, submitted_at, published_by, published_at, version)
SELECT '01990000-0000-7000-8000-000000000061', 'HC-020301-1', 'health_centre', '020301', id, 2, false, 'published',
    gen_random_uuid(), '2026-02-02Z', gen_random_uuid(), '2026-02-03Z', 4
FROM indicator_set WHERE unit_kind = 'health_centre';
INSERT INTO ballot (id, round_id, unit_code, scores, sex, age_group, channel, device_hash, cast_on) VALUES
    (gen_random_uuid(), '01990000-0000-7000-8000-000000000061', 'HC-020301-1', '{1,5}', 'female', 'youth', 'phone', '\x01', '2026-01-05'),
    (gen_random_uuid(), '01990000-0000-7000-8000-000000000061', 'HC-020301-1', '{2,NULL}', 'male', 'elder', 'meeting', NULL, NULL);
INSERT INTO tally (id, round_id, unit_code, village_code, held_on, recorded_by)
VALUES ('01990000-0000-7000-8000-000000000062', '01990000-0000-7000-8000-000000000061', 'HC-020301-1', '02030101', '2026-01-06', gen_random_uuid());
INSERT INTO tally_group (tally_id, sex, participants, counts)
VALUES ('01990000-0000-7000-8000-000000000062', 'female', 7, '{1,2,3,1,0,0,1,2,3,1}');
INSERT INTO self_assessment (id, round_id, unit_code, scores, note, recorded_by, recorded_at)
VALUES (gen_random_uuid(), '01990000-0000-7000-8000-000000000061', 'HC-020301-1', '{4,4}', 'ល្អ', gen_random_uuid(), '2026-01-07Z');
INSERT INTO result (id, round_id, year, unit_code, unit_kind, unit_name_km, unit_name_en, area_code, indicator_set_id, version,
    suppressed, participants, female, male, undisclosed, self_assessed, cells, self_scores, weakest, published_at)
SELECT gen_random_uuid(), '01990000-0000-7000-8000-000000000061', 2026, 'HC-020301-1', 'health_centre', 'មណ្ឌល', 'Health centre',
    '020301', id, 1, false, 9, 8, 1, 0, true, '{1,2,3,1,0,0,1,2,3,1}', '{4,4}', '{0}', '2026-02-03Z'
FROM indicator_set WHERE unit_kind = 'health_centre';
