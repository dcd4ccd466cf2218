WITH placed AS (
    INSERT INTO orders (tenant_id, uuid, patient_id, status, document)
    VALUES (1, gen_random_uuid(), 1, 'pending', convert_to(repeat('o', 1000), 'UTF8')) RETURNING id
), created AS (
    INSERT INTO events (tenant_id, uuid, order_id, document)
    SELECT 1, gen_random_uuid(), id, convert_to(repeat('e', 300), 'UTF8') FROM placed RETURNING id
)
INSERT INTO deliveries (tenant_id, uuid, event_id, url, status)
SELECT 1, gen_random_uuid(), id, 'http://127.0.0.1:9000/webhooks', 'ready' FROM created;
