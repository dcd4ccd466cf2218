// Lists the pharmacies. Repeats the request after 429 and 5xx, with exponential backoff and jitter.
import { setTimeout as sleep } from "node:timers/promises";

const attempts = 5;

async function get(url, token) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    const isRetryable = response.status === 429 || response.status >= 500;
    if (!isRetryable || attempt === attempts) return response;
    await response.arrayBuffer(); // Read the body, so that the connection can be used again.
    // Wait for 1, 2, 4, 8 seconds, or for Retry-After if that is longer, and up to as long again at random.
    const backoff = 2 ** (attempt - 1);
    const retryAfter = Number(response.headers.get("Retry-After")) || 0;
    const delay = Math.max(retryAfter, backoff) + backoff * Math.random();
    console.error(`Status ${response.status}, next attempt in ${delay.toFixed(3)} s.`);
    await sleep(delay * 1000);
  }
}

const base = process.env.BASE || "http://localhost:8082/pharmacy/sandbox/api/v1";
const token = process.env.ACCESS_TOKEN;
if (!token) {
  console.error("Set ACCESS_TOKEN to your access token.");
  process.exit(2);
}
const response = await get(`${base}/pharmacies`, token);
const body = await response.text();
if (response.ok) {
  console.log(body);
} else {
  console.error(`Status ${response.status}: ${body}`);
  process.exitCode = 1;
}
