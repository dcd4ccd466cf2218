// The endpoints.
import { createHash, randomUUID } from "node:crypto";
import { APIError } from "./errors.mjs";
import { newOrder, newPatient, timestamp } from "./resources.mjs";

const BODY_LIMIT = 1 << 20; // bytes
const DATA_START = Buffer.from('{"data":');
const DATA_END = Buffer.from("}");

export class API {
  #store;
  #authenticator;
  #duties; // null in the bare variant

  constructor({ store, authenticator, duties }) {
    this.#store = store;
    this.#authenticator = authenticator;
    this.#duties = duties;
  }

  async respond(request, response) {
    if (request.url === "/constant") {
      send(response, 200, "text/plain; charset=utf-8", "Hello, world!");
      return;
    }
    const call = { request, response, endpoint: this.#endpoint(request.url) };
    if (this.#duties) this.#identify(call);
    try {
      this.#admit(call);
      await this.#handle(call);
    } catch (error) {
      sendError(response, error);
    }
  }

  #endpoint(url) {
    if (url === "/patients") return { method: "POST", path: url, handle: (call) => this.#createPatient(call) };
    if (url === "/orders") return { method: "POST", path: url, handle: (call) => this.#submitOrder(call) };
    if (url.startsWith("/patients/")) {
      return { method: "GET", path: "/patients/{id}", handle: (call) => this.#readPatient(call) };
    }
    return undefined;
  }

  // Gives the request an ID, and logs it when its response has been sent.
  #identify(call) {
    const { request, response, endpoint } = call;
    const started = performance.now();
    call.requestID = randomUUID();
    response.setHeader("X-Request-ID", call.requestID);
    response.once("finish", () =>
      this.#duties.logRequest({
        requestID: call.requestID,
        method: request.method,
        path: endpoint?.path ?? "",
        status: response.statusCode,
        duration: Math.round((performance.now() - started) * 1000),
      }),
    );
  }

  // Finds the tenant of the bearer token and counts the request against its rate limit.
  #admit(call) {
    const token = /^Bearer (.+)$/i.exec(call.request.headers.authorization ?? "")?.[1];
    call.tenant = token && this.#authenticator.authenticate(token);
    if (!call.tenant) {
      const headers = { "WWW-Authenticate": "Bearer" };
      throw new APIError(401, "unauthenticated", "The access token is missing or invalid.", { headers });
    }
    if (this.#duties && !this.#duties.admit(call.tenant, call.response)) {
      throw new APIError(429, "rate_limited", "Too many requests.", { headers: { "Retry-After": 1 } });
    }
  }

  #handle(call) {
    const { endpoint, request } = call;
    if (!endpoint) throw new APIError(404, "not_found", "Not found.");
    if (request.method !== endpoint.method) {
      const headers = { Allow: endpoint.method };
      throw new APIError(405, "method_not_allowed", "Method not allowed for this path.", { headers });
    }
    return endpoint.handle(call);
  }

  #readPatient(call) {
    const id = call.request.url.slice("/patients/".length);
    const document = this.#store.patient(id, call.tenant);
    if (!document) throw new APIError(404, "not_found", "Not found.");
    this.#duties?.audit(auditEntry(call, "patient.read", id));
    sendData(call.response, 200, document);
  }

  async #createPatient(call) {
    const patient = newPatient(parse(await readBody(call.request)));
    const document = Buffer.from(JSON.stringify(patient));
    this.#store.addPatient(patient.uuid, call.tenant, document);
    sendData(call.response, 201, document);
  }

  async #submitOrder(call) {
    const body = await readBody(call.request);
    const order = newOrder(parse(body));
    const submission = { tenant: call.tenant, order };
    if (this.#duties) {
      submission.idempotency = idempotencyRecord(call.request, body);
      submission.audit = auditEntry(call, "order.submitted", order.uuid);
    }
    const { document, isReplayed } = this.#store.addOrder(submission);
    if (isReplayed) call.response.setHeader("Idempotency-Replayed", "true");
    sendData(call.response, 201, document);
  }
}

function auditEntry({ tenant, requestID }, action, subject) {
  return { at: timestamp(), tenant, action, subject, request_id: requestID };
}

// Identifies a request that may be repeated.
function idempotencyRecord(request, body) {
  const key = request.headers["idempotency-key"];
  return key && { key, bodyDigest: createHash("sha256").update(body).digest() };
}

// A transaction blocks the process, so the body is returned after what has arrived on other connections was read.
function readBody(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    let length = 0;
    request.on("data", (part) => {
      length += part.length;
      if (length > BODY_LIMIT) reject(new APIError(413, "body_too_large", "The body is too large."));
      else parts.push(part);
    });
    request.on("end", () => setImmediate(resolve, Buffer.concat(parts)));
    request.on("error", reject);
  });
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    throw new APIError(400, "invalid_json", "The body is not valid JSON.");
  }
}

// Sends a JSON document as the member data.
function sendData(response, status, document) {
  send(response, status, "application/json", Buffer.concat([DATA_START, document, DATA_END]));
}

function sendError(response, error) {
  let shown = error;
  if (!(error instanceof APIError)) {
    console.error(error);
    shown = new APIError(500, "internal_error", "Internal error.");
  }
  for (const [name, value] of Object.entries(shown.headers ?? {})) response.setHeader(name, value);
  send(response, shown.status, "application/json", Buffer.from(JSON.stringify(shown)));
}

function send(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type, "Content-Length": body.length });
  response.end(body);
}
