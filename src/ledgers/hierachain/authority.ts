import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import type { Log } from "../../log/log.ts";

/**
 * The key that finalises blocks. It is made once per store and kept in it, so that every process
 * over the store signs with the same key, and its public half is told to whoever asks.
 */
export class Authority {
  /** Raw Ed25519 public key, in hex. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  private constructor(pkcs8: Uint8Array) {
    this.#key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
    const { x = "" } = createPublicKey(this.#key).export({ format: "jwk" });
    this.publicKey = Buffer.from(x, "base64url").toString("hex");
  }

  static async open(log: Log): Promise<Authority> {
    const pkcs8 = await log.nodeValue(["hierachain", "authority"], () => {
      const { privateKey } = generateKeyPairSync("ed25519");
      return new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }));
    });
    return new Authority(pkcs8);
  }

  /** The signature of a message, in hex. */
  sign(message: Uint8Array): string {
    return sign(null, message, this.#key).toString("hex");
  }
}
