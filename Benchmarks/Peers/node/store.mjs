// Storage in one SQLite file. Each process has one connection, and calls of SQLite are synchronous.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { APIError } from "./errors.mjs";
import { createdEvent } from "./resources.mjs";

// For how long a transaction waits for those of other processes, in milliseconds.
const BUSY_TIMEOUT = 30_000;

const STATEMENTS = {
  selectPatient: "SELECT document FROM patients WHERE id = ? AND tenant = ?",
  patientExists: "SELECT 1 FROM patients WHERE id = ? AND tenant = ?",
  insertPatient: "INSERT INTO patients (id, tenant, document) VALUES (?, ?, ?)",
  insertOrder: "INSERT INTO orders (id, tenant, patient_id, document) VALUES (?, ?, ?, ?)",
  insertEvent: "INSERT INTO events (order_id, type, document) VALUES (?, ?, ?)",
  insertDelivery: "INSERT INTO deliveries (event_id, url, status) VALUES (?, ?, 'pending')",
  selectOutcome: "SELECT body_digest, response FROM idempotency_records WHERE tenant = ? AND key = ?",
  insertOutcome: "INSERT INTO idempotency_records (tenant, key, body_digest, response) VALUES (?, ?, ?, ?)",
  selectAuditHead: "SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1",
  insertAudit: "INSERT INTO audit (entry, hash) VALUES (?, ?)",
  insertRequest: "INSERT INTO request_log (request_id, method, path, status, duration_us) VALUES (?, ?, ?, ?, ?)",
};

function openDatabase(path) {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT, enableForeignKeyConstraints: true });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  return database;
}

// Creates what is missing, before the workers start.
export function createDatabase(path) {
  const database = openDatabase(path);
  database.exec(readFileSync(new URL("../go/schema.sql", import.meta.url), "utf8"));
  database.close();
}

export class Store {
  #database;
  #statements;
  #sealer;

  constructor(path, sealer) {
    this.#database = openDatabase(path);
    this.#sealer = sealer;
    this.#statements = Object.fromEntries(
      Object.entries(STATEMENTS).map(([name, statement]) => [name, this.#database.prepare(statement)]),
    );
  }

  close() {
    this.#database.close();
  }

  // Returns the JSON document of a patient, or undefined.
  patient(id, tenant) {
    const row = this.#statements.selectPatient.get(id, tenant);
    return row && this.#sealer.open(row.document, tenant, `patient:${id}`);
  }

  addPatient(id, tenant, document) {
    const sealed = this.#sealer.seal(document, tenant, `patient:${id}`);
    this.#transaction(() => this.#statements.insertPatient.run(id, tenant, sealed));
  }

  // Stores an order in one transaction. Returns its JSON document, and whether that is the recorded response to the
  // same request, in which case nothing is stored. The idempotency record and the audit entry are optional.
  addOrder({ tenant, order, idempotency, audit }) {
    const document = Buffer.from(JSON.stringify(order));
    const sealed = this.#sealer.seal(document, tenant, `order:${order.uuid}`);
    const event = Buffer.from(JSON.stringify(createdEvent(order)));
    return this.#transaction(() => {
      const recorded = idempotency && this.#recordedResponse(tenant, idempotency);
      if (recorded) return { document: recorded, isReplayed: true };
      this.#insertOrder(tenant, order, sealed);
      this.#insertEvent(order, event);
      if (idempotency) this.#recordResponse(tenant, idempotency, document);
      if (audit) this.#appendAudit([audit]);
      return { document, isReplayed: false };
    });
  }

  addCollected(entries, requests) {
    this.#transaction(() => {
      this.#appendAudit(entries);
      for (const { requestID, method, path, status, duration } of requests) {
        this.#statements.insertRequest.run(requestID, method, path, status, duration);
      }
    });
  }

  // Commits if body returns, and rolls back if it throws.
  #transaction(body) {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = body();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #insertOrder(tenant, order, sealed) {
    if (!this.#statements.patientExists.get(order.patient_id, tenant)) {
      throw APIError.invalid({ patient_id: ["patient_id does not match any of your patients."] });
    }
    this.#statements.insertOrder.run(order.uuid, tenant, order.patient_id, sealed);
  }

  #insertEvent(order, event) {
    const { lastInsertRowid: eventID } = this.#statements.insertEvent.run(order.uuid, "order.created", event);
    for (const url of order.webhook_urls) this.#statements.insertDelivery.run(eventID, url);
  }

  #recordedResponse(tenant, { key, bodyDigest }) {
    const row = this.#statements.selectOutcome.get(tenant, key);
    if (!row) return undefined;
    if (!bodyDigest.equals(row.body_digest)) {
      throw new APIError(409, "idempotency_key_reused", "The Idempotency-Key was used with another body.");
    }
    return this.#sealer.open(row.response, tenant, `response:${key}`);
  }

  #recordResponse(tenant, { key, bodyDigest }, response) {
    const sealed = this.#sealer.seal(response, tenant, `response:${key}`);
    this.#statements.insertOutcome.run(tenant, key, bodyDigest, sealed);
  }

  // Chains entries to the audit log: each hash covers the previous one.
  #appendAudit(entries) {
    let hash = this.#statements.selectAuditHead.get()?.hash ?? Buffer.alloc(32);
    for (const entry of entries) {
      const text = JSON.stringify(entry);
      hash = createHash("sha256").update(hash).update(text).digest();
      this.#statements.insertAudit.run(text, hash);
    }
  }
}
