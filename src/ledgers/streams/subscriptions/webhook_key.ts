import { Buffer } from "node:buffer";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import type { Log } from "../../../log/log.ts";

/** A public key as RFC 7517 and RFC 8037 write it. */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "EdDSA";
  readonly x: string;
}

/**
 * The key that webhook requests are signed with (PROTOCOL.md, sections 6.5 and 7.1). It is made
 * once per store and kept in it; its name is the thumbprint of RFC 7638.
 */
export class WebhookKey {
  readonly jwk: PublicJwk;
  readonly #key: KeyObject;

  private constructor(pkcs8: Uint8Array) {
    this.#key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
    const { x = "" } = createPublicKey(this.#key).export({ format: "jwk" });
    const thumbprint = createHash("sha256")
      .update(JSON.stringify({ crv: "Ed25519", kty: "OKP", x })).digest("base64url");
    this.jwk = {
      kty: "OKP",
      crv: "Ed25519",
      kid: `ds_${thumbprint}`,
      use: "sig",
      alg: "EdDSA",
      x,
    };
  }

  static async open(log: Log): Promise<WebhookKey> {
    const pkcs8 = await log.nodeValue(["streams", "webhook-key"], () => {
      const { privateKey } = generateKeyPairSync("ed25519");
      return new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }));
    });
    return new WebhookKey(pkcs8);
  }

  /** The value of `Webhook-Signature` for a body sent at `now`, milliseconds since the epoch. */
  signature(body: string, now: number): string {
    const time = Math.floor(now / 1_000);
    const signed = sign(null, new TextEncoder().encode(`${time}.${body}`), this.#key);
    return `t=${time},kid=${this.jwk.kid},ed25519=${signed.toString("base64url")}`;
  }
}
