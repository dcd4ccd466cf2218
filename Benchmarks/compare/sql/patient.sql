\set n random(1, 10000)
SELECT document FROM patients WHERE tenant_id = 1 AND uuid = lpad(to_hex(CAST(:n AS BIGINT)), 32, '0')::uuid;
