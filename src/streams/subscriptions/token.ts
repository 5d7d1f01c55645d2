import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../log/log.ts";
import { SubscriptionRefusal } from "./errors.ts";
import type { Proof } from "./lease_commands.ts";

/** Milliseconds a token is good for. The lease bounds it before, unless it is kept up that long. */
const LIFE_MS = 24 * 3_600_000;

const HEADER = Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT" })).toString("base64url");

const claims = z.object({
  sub: z.string(),
  life: z.number(),
  gen: z.number(),
  wake: z.string(),
  exp: z.number(),
});

/**
 * Tokens for one wake of one subscription, as JWTs (RFC 7519). Their key is made once per store and
 * kept in it, so that every process over the store knows them; they are kept nowhere.
 */
export class WakeTokens {
  readonly #key: Uint8Array;
  readonly #clock: Clock;

  #latest = 0;

  private constructor(key: Uint8Array, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  static async open(log: Log, clock: Clock): Promise<WakeTokens> {
    const make = () => crypto.getRandomValues(new Uint8Array(32));
    return new WakeTokens(await log.nodeValue(["streams", "wake-tokens"], make), clock);
  }

  make(subscription: string, { life, generation, wake }: Proof): string {
    const exp = Math.floor((this.#now() + LIFE_MS) / 1_000);
    const payload = JSON.stringify({ sub: subscription, life, gen: generation, wake, exp });
    const signed = `${HEADER}.${Buffer.from(payload).toString("base64url")}`;
    return `${signed}.${this.#sign(signed)}`;
  }

  /** The wake that a token speaks for. Throws 401 for one that is not of the subscription. */
  read(token: string | undefined, subscription: string): Proof {
    const end = token?.lastIndexOf(".") ?? -1;
    if (token === undefined || end < 0) throw refused("TOKEN_INVALID");
    const signed = token.slice(0, end);
    const given = Buffer.from(token.slice(end + 1));
    const right = Buffer.from(this.#sign(signed));
    if (given.length !== right.length || !timingSafeEqual(given, right)) {
      throw refused("TOKEN_INVALID");
    }
    const payload = Buffer.from(signed.split(".")[1] ?? "", "base64url").toString();
    const { sub, life, gen, wake, exp } = claims.parse(JSON.parse(payload));
    if (sub !== subscription) throw refused("TOKEN_INVALID");
    if (this.#now() >= exp * 1_000) throw refused("TOKEN_EXPIRED");
    return { life, generation: gen, wake };
  }

  /** Never goes back, so that no token that was over counts again. */
  #now(): number {
    this.#latest = Math.max(this.#latest, this.#clock.now());
    return this.#latest;
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}

function refused(code: "TOKEN_INVALID" | "TOKEN_EXPIRED"): SubscriptionRefusal {
  const what = code === "TOKEN_EXPIRED" ? "is over" : "is not one of this subscription";
  return new SubscriptionRefusal(code, `The token in Authorization: Bearer ${what}`);
}
