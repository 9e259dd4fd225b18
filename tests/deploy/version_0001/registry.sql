-- A registry as version 0001 would have left it: areas, units, accounts with their history, sign-ins, one event told.
INSERT INTO gazetteer (edition, source) VALUES ('2025', 'a test');
INSERT INTO finding (edition, kind, code, detail_en, detail_km)
VALUES ('2025', 'missing_commune', '120913', 'Missing', 'បាត់');
INSERT INTO area (id, code, level, parent_code, name_km, name_en, status, valid_from, version) VALUES
    ('01990000-0000-7000-8000-000000000001', '02', 'province', NULL, 'បាត់ដំបង', 'Battambang', 'open', '2025-01-01', 1),
    ('01990000-0000-7000-8000-000000000002', '0203', 'district', '02', 'ក្រុងបាត់ដំបង', 'Battambang Town', 'open', '2025-01-01', 1),
    ('01990000-0000-7000-8000-000000000003', '020301', 'commune', '0203', 'ទួលតាឯក', 'Tuol Ta Ek', 'open', '2025-01-01', 1),
    ('01990000-0000-7000-8000-000000000004', '02030101', 'village', '020301', 'ភូមិ', 'Village', 'open', '2025-01-01', 1);
INSERT INTO unit (id, code, kind, area_code, name_km, name_en, status, closed_at, close_reason, version) VALUES
    ('01990000-0000-7000-8000-000000000011', 'HC-020301-1', 'health_centre', '020301', 'មណ្ឌល', 'Health centre', 'open', NULL, NULL, 2),
    ('01990000-0000-7000-8000-000000000012', 'PS-020301-1', 'primary_school', '020301', 'សាលា', 'School', 'closed', '2026-01-01Z', 'Merged', 3);
INSERT INTO account (id, kind, username, client_id, password_hash, secret_hash, display_name, disabled_at, version) VALUES
    ('01990000-0000-7000-8000-000000000021', 'person', 'sok.dara', NULL, 'hash', NULL, 'Sok Dara', NULL, 1),
    ('01990000-0000-7000-8000-000000000022', 'client', NULL, 'partner-1', NULL, '\x01', 'Partner', '2026-02-01Z', 2);
INSERT INTO account_grant (id, account_id, role, area_code, unit_code) VALUES
    ('01990000-0000-7000-8000-000000000031', '01990000-0000-7000-8000-000000000021', 'provider', '020301', 'HC-020301-1'),
    ('01990000-0000-7000-8000-000000000032', '01990000-0000-7000-8000-000000000022', 'partner', '02', NULL);
INSERT INTO account_event (account_id, by_account_id, kind, detail, at) VALUES
    ('01990000-0000-7000-8000-000000000021', NULL, 'created', NULL, '2026-01-01Z'),
    ('01990000-0000-7000-8000-000000000021', '01990000-0000-7000-8000-000000000022', 'grant_given', 'provider@020301/HC-020301-1', '2026-01-02Z'),
    ('01990000-0000-7000-8000-000000000022', '01990000-0000-7000-8000-000000000021', 'disabled', NULL, '2026-02-01Z');
INSERT INTO signing_key (kid, public_jwk, sealed_private_jwk) VALUES ('old', '{"kty": "EC"}', '\x01');
INSERT INTO sign_in (id, account_id, revoked_at)
VALUES ('01990000-0000-7000-8000-000000000041', '01990000-0000-7000-8000-000000000021', NULL);
INSERT INTO refresh_token (token_hash, sign_in_id, expires_at, used_at)
VALUES ('\x02', '01990000-0000-7000-8000-000000000041', '2027-01-01Z', NULL);
INSERT INTO sign_in_failure (username_hash, failures, last_at) VALUES ('\x03', 4, '2026-01-01Z');
INSERT INTO outbox (event_id, subject, body, is_state, published_at) VALUES
    ('01990000-0000-7000-8000-000000000051', 'isaf.registry.area.changed.v1.x', '{}', true, '2026-01-01Z');
