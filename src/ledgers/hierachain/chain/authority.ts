import { Buffer } from "node:buffer";
import { type KeyObject, sign } from "node:crypto";
import type { Log } from "../../../log/log.ts";
import { type StoreKey, storeKey } from "../../../log/store_key.ts";

/** The Ed25519 key that signs the finalisation of blocks. Its public half is open to everybody. */
export class Authority {
  /** Raw Ed25519 public key, in hex. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  private constructor({ key, x }: StoreKey) {
    this.#key = key;
    this.publicKey = Buffer.from(x, "base64url").toString("hex");
  }

  static async open(log: Log): Promise<Authority> {
    return new Authority(await storeKey(log, ["hierachain", "authority"]));
  }

  /** The signature of a message, in hex. */
  sign(message: Uint8Array): string {
    return sign(null, message, this.#key).toString("hex");
  }
}
