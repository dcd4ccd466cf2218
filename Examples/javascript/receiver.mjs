// Receives webhooks of the United Pharmacy Partner API. Requires only Node.js.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secret = process.env.WEBHOOK_SECRET;
if (!secret) throw new Error("Set WEBHOOK_SECRET to your webhook secret.");
const tolerance = 300; // seconds
const bodyLimit = 1 << 20;

const areEqual = (left, right) => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
};

// Whether the server signed the message within the last five minutes (Standard Webhooks).
export function isAuthentic(headers, body) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (id === "" || !/^[0-9]{1,15}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > tolerance) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = "v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  // During a rotation of the secret there are two signatures.
  return (headers["webhook-signature"] ?? "").split(" ").filter((given) => areEqual(given, expected)).length > 0;
}

// The guide's simpler check. It does not detect that an old message is sent again.
export function hasPlainSignature(headers, body) {
  return areEqual(headers["x-webhook-signature"] ?? "", createHmac("sha256", secret).update(body).digest("hex"));
}

const seen = new Set();

const server = createServer(async (request, response) => {
  const respond = (status) => response.writeHead(status, { "content-length": "0" }).end();
  try {
    const parts = [];
    let length = 0;
    for await (const part of request) {
      length += part.length;
      if (length > bodyLimit) return respond(413);
      parts.push(part);
    }
    const body = Buffer.concat(parts);
    if (request.method !== "POST" || !isAuthentic(request.headers, body)) return respond(400);
    if (!seen.has(request.headers["webhook-id"])) {
      seen.add(request.headers["webhook-id"]);
      const event = JSON.parse(body);
      console.log(event.event, event.order.uuid);
    }
    respond(204);
  } catch {
    respond(400);
  }
});

server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
