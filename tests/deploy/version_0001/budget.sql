-- A year's envelope, a request and what it was given.
INSERT INTO area (id, code, level, parent_code, name_km, name_en, status, version)
VALUES ('01990000-0000-7000-8000-000000000002', '0203', 'district', '02', 'ក្រុងបាត់ដំបង', 'Battambang Town', 'open', 1);
INSERT INTO fiscal_year (year, riel_per_usd, rate_date, version) VALUES (2026, 4100, '2026-01-01', 1);
INSERT INTO envelope (id, year, fund_source, body_kind, area_code, body_name_km, body_name_en, opened_with, amount, allocated,
    opened_by, version)
SELECT '01990000-0000-7000-8000-000000000081', 2026, code, 'administration', '0203', 'ក្រុង', 'Town', 80000000, 80000000, 12500000,
    gen_random_uuid(), 2
FROM fund_source ORDER BY position LIMIT 1;
INSERT INTO action (id, dropped_at, drop_reason) VALUES ('01990000-0000-7000-8000-000000000073', NULL, NULL);
INSERT INTO funding_request (id, action_id, plan_id, area_code, year, amount, allocated, status, requested_by, title_km, title_en)
VALUES ('01990000-0000-7000-8000-000000000074', '01990000-0000-7000-8000-000000000073', gen_random_uuid(), '020301', 2026, 12500000,
    12500000, 'allocated', gen_random_uuid(), 'អណ្តូង', 'Well');
INSERT INTO allocation (request_id, envelope_id, action_id, fund_source, area_code, year, amount, made_by)
SELECT '01990000-0000-7000-8000-000000000074', id, '01990000-0000-7000-8000-000000000073', fund_source, '020301', 2026, 12500000,
    gen_random_uuid()
FROM envelope;
