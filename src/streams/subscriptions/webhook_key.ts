import { createHash, type KeyObject, sign } from "node:crypto";
import type { Log } from "../../log/log.ts";
import { type StoreKey, storeKey } from "../../log/store_key.ts";

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
 * The key that webhook requests are signed with (PROTOCOL.md, sections 6.5 and 7.1). Its name is the
 * thumbprint of RFC 7638.
 */
export class WebhookKey {
  readonly jwk: PublicJwk;
  readonly #key: KeyObject;

  private constructor({ key, x }: StoreKey) {
    this.#key = key;
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
    return new WebhookKey(await storeKey(log, ["streams", "webhook-key"]));
  }

  /** The value of `Webhook-Signature` for a body sent at `now`, milliseconds since the epoch. */
  signature(body: string, now: number): string {
    const time = Math.floor(now / 1_000);
    const signed = sign(null, new TextEncoder().encode(`${time}.${body}`), this.#key);
    return `t=${time},kid=${this.jwk.kid},ed25519=${signed.toString("base64url")}`;
  }
}
