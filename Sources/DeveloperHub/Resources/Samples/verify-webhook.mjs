// Verifies a webhook. Usage: node verify-webhook.mjs < body
// SIGNATURE is the value of the X-Webhook-Signature header, WEBHOOK_SECRET your webhook secret (whsec_…).
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

function isAuthentic(body, signature, secret) {
  const expected = Buffer.from(createHmac("sha256", secret).update(body).digest("hex"));
  const given = Buffer.from(signature);
  // timingSafeEqual requires equal lengths. The length of a signature is no secret.
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const { SIGNATURE: signature, WEBHOOK_SECRET: secret } = process.env;
if (!signature || !secret) {
  console.error("Set SIGNATURE and WEBHOOK_SECRET.");
  process.exit(2);
}
const body = readFileSync(0); // The raw bytes of standard input, not yet parsed.
if (isAuthentic(body, signature, secret)) {
  console.log("authentic");
} else {
  console.log("not authentic");
  process.exitCode = 1;
}
