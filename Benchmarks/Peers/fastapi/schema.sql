CREATE TABLE IF NOT EXISTS patients (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    patient_id TEXT NOT NULL REFERENCES patients (id),
    document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    type TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY,
    event_id INTEGER NOT NULL REFERENCES events (id),
    url TEXT NOT NULL,
    status TEXT NOT NULL
);
-- hash is the SHA-256 digest of the previous entry's hash (32 zero bytes for the first) and the entry.
CREATE TABLE IF NOT EXISTS audit (
    sequence INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS idempotency_records (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    body_digest BLOB NOT NULL,
    response BLOB NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE TABLE IF NOT EXISTS request_log (
    id INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    duration_us INTEGER NOT NULL
);
