-- A partner's subscription with a delivery that waits, and a message somebody has read.
INSERT INTO area (id, code, level, parent_code, name_km, name_en, status, version)
VALUES ('01990000-0000-7000-8000-000000000003', '020301', 'commune', '0203', 'ទួលតាឯក', 'Tuol Ta Ek', 'open', 1);
INSERT INTO subscription (id, account_id, url, event_types, area_code, description, active, secret, version)
VALUES ('01990000-0000-7000-8000-000000000091', gen_random_uuid(), 'https://partner.example/hook',
    '{isaf.scorecard.result.published.v1}', '02', NULL, true, '\x01', 1);
INSERT INTO occurrence (event_id, event_type, body)
VALUES ('01990000-0000-7000-8000-000000000092', 'isaf.scorecard.result.published.v1', '{}');
INSERT INTO delivery (id, subscription_id, event_id, event_type, status, attempts, next_attempt_at, last_status, last_error)
VALUES ('01990000-0000-7000-8000-000000000093', '01990000-0000-7000-8000-000000000091', '01990000-0000-7000-8000-000000000092',
    'isaf.scorecard.result.published.v1', 'pending', 1, '2026-03-01Z', 500, 'answered 500');
INSERT INTO attempt (delivery_id, number, at, status, error, duration_ms)
VALUES ('01990000-0000-7000-8000-000000000093', 1, '2026-02-03Z', 500, 'answered 500', 12);
INSERT INTO message (event_id, event_type, area_code, audience, title_km, title_en, body_km, body_en, created_at)
VALUES ('01990000-0000-7000-8000-000000000092', 'isaf.scorecard.result.published.v1', '020301', '{caf@020301}', 'លទ្ធផល', 'Result',
    'លទ្ធផល', 'A result', '2026-02-03Z');
INSERT INTO read_mark (account_id, message_id) SELECT gen_random_uuid(), id FROM message;
INSERT INTO action_title (action_id, title_km, title_en) VALUES ('01990000-0000-7000-8000-000000000073', 'អណ្តូង', 'Well');
