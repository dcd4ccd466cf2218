// Bearer tokens: opaque ones in the bare variant, JSON Web Tokens in the equal one.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const TOKEN_LIFETIME = 24 * 3600; // seconds
// For how long a verified token is trusted without checking its signature again, in milliseconds.
const VERIFICATION_LIFETIME = 900;
// Tokens in the cache, all of them valid.
const VERIFICATION_LIMIT = 10_000;
const HEADER = encode({ alg: "HS256", typ: "JWT" });

// Maps the SHA-256 digests of opaque tokens to their tenants.
export class TokenDigests {
  #tenants;

  constructor(token, tenant) {
    this.#tenants = new Map([[digest(token), tenant]]);
  }

  authenticate(token) {
    return this.#tenants.get(digest(token));
  }
}

// Signs and verifies JSON Web Tokens with HMAC-SHA256 (RFC 7519, HS256).
export class TokenSigner {
  #key;
  #verified = new Map();

  constructor(key) {
    this.#key = key;
  }

  sign(tenant) {
    const now = Math.floor(Date.now() / 1000);
    const content = `${HEADER}.${encode({ tenant, iat: now, exp: now + TOKEN_LIFETIME })}`;
    return `${content}.${this.#signature(content).toString("base64url")}`;
  }

  // Returns the tenant that the token belongs to, or undefined.
  authenticate(token) {
    const id = digest(token);
    const now = Date.now();
    const known = this.#verified.get(id);
    if (known && now < known.until) return known.tenant;
    const claims = this.#verify(token, now);
    if (!claims) return undefined;
    if (this.#verified.size >= VERIFICATION_LIMIT) this.#verified.clear();
    const until = Math.min(now + VERIFICATION_LIFETIME, claims.exp * 1000);
    this.#verified.set(id, { tenant: claims.tenant, until });
    return claims.tenant;
  }

  #verify(token, now) {
    const [header, payload, signature, ...rest] = token.split(".");
    if (header !== HEADER || !payload || !signature || rest.length > 0) return undefined;
    const given = Buffer.from(signature, "base64url");
    const expected = this.#signature(`${header}.${payload}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    return now < claims.exp * 1000 ? claims : undefined;
  }

  #signature(content) {
    return createHmac("sha256", this.#key).update(content).digest();
  }
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function digest(token) {
  return createHash("sha256").update(token).digest("base64");
}
