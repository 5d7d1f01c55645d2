import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import type { Log } from "./log.ts";

/** An Ed25519 key that belongs to a store. */
export interface StoreKey {
  readonly key: KeyObject;
  /** The raw public key, as base64url without padding. */
  readonly x: string;
}

/**
 * The key of that name, made once per store and kept in it, so that every process over the store
 * signs with the same one.
 */
export async function storeKey(log: Log, name: readonly string[]): Promise<StoreKey> {
  const pkcs8 = await log.nodeValue(name, () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    return new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }));
  });
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return { key, x };
}
