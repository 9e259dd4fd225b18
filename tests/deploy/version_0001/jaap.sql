-- A plan with its agenda, a funded action and its history.
INSERT INTO unit (id, code, kind, area_code, name_km, name_en, status, version)
VALUES ('01990000-0000-7000-8000-000000000011', 'HC-020301-1', 'health_centre', '020301', 'មណ្ឌល', 'Health centre', 'open', 2);
INSERT INTO plan (id, area_code, year, state, last_number, version)
VALUES ('01990000-0000-7000-8000-000000000071', '020301', 2026, 'open', 1, 2);
INSERT INTO published_result (round_id, unit_code, plan_id, version)
VALUES ('01990000-0000-7000-8000-000000000061', 'HC-020301-1', '01990000-0000-7000-8000-000000000071', 1);
INSERT INTO agenda_item (id, plan_id, round_id, unit_code, indicator_code, label_km, label_en, median, gap, rank, on_agenda)
VALUES ('01990000-0000-7000-8000-000000000072', '01990000-0000-7000-8000-000000000071', '01990000-0000-7000-8000-000000000061',
    'HC-020301-1', 'waiting', 'រង់ចាំ', 'Waiting', 2.5, 1.5, 1, true);
INSERT INTO action (id, plan_id, year, area_code, number, unit_code, agenda_item_id, title_km, title_en, proposer, target, location,
    quantity, quantity_unit, starts_on, ends_on, beneficiaries_total, beneficiaries_female, cost, implementer, collaborators,
    resources, status, requested_amount, funded_amount, drop_reason, proposed_by, fingerprint, version)
VALUES ('01990000-0000-7000-8000-000000000073', '01990000-0000-7000-8000-000000000071', 2026, '020301', 1, 'HC-020301-1',
    '01990000-0000-7000-8000-000000000072', 'អណ្តូង', 'Well', 'Committee', NULL, 'ភូមិ', 1, 'well', '2026-03-01', '2026-09-01', 400, 210,
    12500000, 'Commune', NULL, 'external', 'funded', 12500000, 12500000, NULL, gen_random_uuid(), '\x01', 5);
INSERT INTO progress_report (action_id, percent, note, reported_on, reported_by)
VALUES ('01990000-0000-7000-8000-000000000073', 40, 'ជីក', '2026-04-01', gen_random_uuid());
INSERT INTO funding_request (id, action_id, amount, requested_by)
VALUES ('01990000-0000-7000-8000-000000000074', '01990000-0000-7000-8000-000000000073', 12500000, gen_random_uuid());
INSERT INTO allocation (id, action_id, request_id, amount, state)
VALUES (gen_random_uuid(), '01990000-0000-7000-8000-000000000073', '01990000-0000-7000-8000-000000000074', 12500000, 'made');
