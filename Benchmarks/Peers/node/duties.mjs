// What the equal variant does besides the work of the bare one.

// Requests per second, and the largest burst. It is so high that no benchmark reaches it.
const RATE_LIMIT = 1_000_000;
// How often audit entries of reads and the request log are written, in milliseconds.
const WRITE_INTERVAL = 1000;

export class Duties {
  #store;
  #buckets = new Map();
  #entries = [];
  #requests = [];
  #timer;

  constructor(store) {
    this.#store = store;
    this.#timer = setInterval(() => this.#writeCollected(), WRITE_INTERVAL);
  }

  // Writes what has been collected.
  stop() {
    clearInterval(this.#timer);
    this.#writeCollected();
  }

  // Takes a token from the tenant's bucket and sets the headers. Returns false if the bucket is empty.
  admit(tenant, response) {
    let bucket = this.#buckets.get(tenant);
    if (!bucket) {
      bucket = new TokenBucket();
      this.#buckets.set(tenant, bucket);
    }
    const isAdmitted = bucket.take();
    bucket.setHeaders(response);
    return isAdmitted;
  }

  audit(entry) {
    this.#entries.push(entry);
  }

  logRequest(request) {
    this.#requests.push(request);
  }

  #writeCollected() {
    const [entries, requests] = [this.#entries, this.#requests];
    this.#entries = [];
    this.#requests = [];
    if (entries.length + requests.length === 0) return;
    try {
      this.#store.addCollected(entries, requests);
    } catch (error) {
      console.error(`${entries.length} audit entries and ${requests.length} logged requests are lost:`, error);
    }
  }
}

// The rate limit of one tenant.
class TokenBucket {
  #tokens = RATE_LIMIT;
  #filledAt = performance.now();

  take() {
    const now = performance.now();
    this.#tokens = Math.min(RATE_LIMIT, this.#tokens + ((now - this.#filledAt) / 1000) * RATE_LIMIT);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  // X-RateLimit-Reset is the time when the bucket is full again.
  setHeaders(response) {
    const fullAt = Date.now() / 1000 + (RATE_LIMIT - this.#tokens) / RATE_LIMIT;
    response.setHeader("X-RateLimit-Limit", RATE_LIMIT);
    response.setHeader("X-RateLimit-Remaining", Math.floor(this.#tokens));
    response.setHeader("X-RateLimit-Reset", Math.ceil(fullAt));
  }
}
