// Patients and orders on the wire.
import { randomUUID } from "node:crypto";
import { integer, list, pastDate, pattern, text, validate } from "./validation.mjs";

const name = pattern(
  /^[\p{L}\p{M} '’-]{1,35}$/u,
  "may have letters, spaces, hyphens and apostrophes only, at most 35.",
);
const phone = pattern(/^[0-9]{10}$/, "must be exactly 10 digits.");
const addressLine = text(60);
const reference = text(100);
const webhookURL = pattern(/^https?:\/\/[^\s/]\S{0,2039}$/, "must have http or https URLs only.");

const patientRules = {
  required: {
    first_name: name,
    last_name: name,
    date_of_birth: pastDate,
    gender: pattern(/^[MFU]$/, "must be M, F or U."),
    email: pattern(/^[^@\s]{1,64}@[^@\s]{1,189}$/, "must be an e-mail address."),
    address1: addressLine,
    city: addressLine,
    state: pattern(/^[A-Z]{2}$/, "must be a two-letter code."),
    zip: pattern(/^[0-9]{5}(-?[0-9]{4})?$/, "must be 5 or 9 digits."),
  },
  optional: {
    middle_name: name,
    phone_home: phone,
    phone_work: phone,
    phone_cell: phone,
    address2: addressLine,
    external_id: reference,
  },
};

const orderRules = {
  required: {
    patient_id: text(36),
    pharmacy_id: text(36),
    medication_id: text(1024),
    dispense_quantity: integer(1, 1000),
  },
  optional: {
    days_supply: integer(1, 365),
    order_id: reference,
    customer_id: reference,
    memo: text(1024),
    clinical_notes: text(2048),
    webhook_urls: list(5, webhookURL),
  },
};

// The time as the guide renders it, for example 2025-12-22T17:15:01+00:00.
export const timestamp = () => `${new Date().toISOString().slice(0, 19)}+00:00`;

export function newPatient(body) {
  const details = validate(body, patientRules);
  const now = timestamp();
  return { uuid: randomUUID(), ...details, created_at: now, updated_at: now };
}

export function newOrder(body) {
  const draft = validate(body, orderRules);
  draft.webhook_urls ??= [];
  const now = timestamp();
  return { uuid: randomUUID(), status: "pending", ...draft, created_at: now, updated_at: now };
}

// The payload of the webhook that reports the order.
export function createdEvent({ uuid, order_id, customer_id, status, created_at }) {
  return { event: "order.created", order: { uuid, order_id, customer_id, status }, timestamp: created_at };
}
