import { createHash, randomBytes } from "node:crypto";

/** Digits of ids: lower case, without those that look alike (Crockford's base32). */
const ID_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH = 12;

/** Bytes of a key that nobody can guess. */
const SECRET_BYTES = 32;

/** A new key, which is told to its owner once. */
export interface NewSecret {
  readonly id: string;
  /** `lk_<id>_<secret>`: it may stand in a header, a URL and a WebSocket subprotocol as it is. */
  readonly key: string;
}

export function newSecret(): NewSecret {
  // 256 is a multiple of 32, so every digit is equally likely.
  const id = [...randomBytes(ID_LENGTH)].map((byte) => ID_DIGITS[byte % 32]).join("");
  return { id, key: `lk_${id}_${randomBytes(SECRET_BYTES).toString("base64url")}` };
}

/** Whether a text has the form of a key's id. */
export function isKeyId(text: string): boolean {
  return text.length === ID_LENGTH && [...text].every((digit) => ID_DIGITS.includes(digit));
}

/**
 * What is kept of a key. Slow hashes are for passwords; 256 random bits cannot be guessed, and SHA-256
 * costs a request next to nothing.
 */
export function keyHash(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
