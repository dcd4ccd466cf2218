-- The tables of a plain service: what an order, its event and its delivery cost without any server around it.
CREATE TABLE patients (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    uuid UUID NOT NULL UNIQUE,
    document BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX patients_of_tenant ON patients (tenant_id, id);

CREATE TABLE orders (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    uuid UUID NOT NULL UNIQUE,
    patient_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    document BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX orders_of_tenant ON orders (tenant_id, id);

CREATE TABLE events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    uuid UUID NOT NULL UNIQUE,
    order_id BIGINT NOT NULL,
    document BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX events_of_tenant ON events (tenant_id, id);

CREATE TABLE deliveries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    uuid UUID NOT NULL UNIQUE,
    event_id BIGINT NOT NULL,
    url TEXT NOT NULL,
    status TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX deliveries_of_tenant ON deliveries (tenant_id, id);

INSERT INTO patients (tenant_id, uuid, document)
SELECT 1, lpad(to_hex(n), 32, '0')::uuid, convert_to(repeat('p', 600), 'UTF8') FROM generate_series(1, 10000) n;
