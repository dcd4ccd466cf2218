// Encryption of stored documents.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const CIPHER = "aes-256-gcm";
const NONCE_SIZE = 12;
const TAG_SIZE = 16;
const MASTER_KEY_SIZE = 32;

// Stores documents as they are.
export class PlainText {
  seal(document) {
    return document;
  }

  open(stored) {
    return stored;
  }
}

// Encrypts documents with AES-256-GCM under a key of their tenant, which is derived from the master key. The context
// names the record, so that a stored document cannot be moved to another record.
export class TenantKeys {
  #masterKey;
  #keys = new Map();

  constructor(masterKey) {
    this.#masterKey = masterKey;
  }

  // Returns a random nonce, the ciphertext and its tag.
  seal(document, tenant, context) {
    const nonce = randomBytes(NONCE_SIZE);
    const cipher = createCipheriv(CIPHER, this.#key(tenant), nonce);
    cipher.setAAD(Buffer.from(context));
    return Buffer.concat([nonce, cipher.update(document), cipher.final(), cipher.getAuthTag()]);
  }

  open(stored, tenant, context) {
    const decipher = createDecipheriv(CIPHER, this.#key(tenant), stored.subarray(0, NONCE_SIZE));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(stored.subarray(-TAG_SIZE));
    return Buffer.concat([decipher.update(stored.subarray(NONCE_SIZE, -TAG_SIZE)), decipher.final()]);
  }

  #key(tenant) {
    let key = this.#keys.get(tenant);
    if (!key) {
      key = createHmac("sha256", this.#masterKey).update(tenant).digest();
      this.#keys.set(tenant, key);
    }
    return key;
  }
}

// Creates the key file at the first start.
export function createMasterKey(path) {
  if (!existsSync(path)) writeFileSync(path, randomBytes(MASTER_KEY_SIZE), { mode: 0o600 });
}

export function readMasterKey(path) {
  const key = readFileSync(path);
  if (key.length !== MASTER_KEY_SIZE) throw new Error(`${path} must have ${MASTER_KEY_SIZE} bytes`);
  return key;
}
