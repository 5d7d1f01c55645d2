import { fitsBatch, type SignatureBatch, type SignatureClaim } from "./signature_batch.ts";
import type { SignatureWorkers } from "./signature_workers.ts";

/** The place of a claim in a batch. */
interface Place {
  readonly batch: SignatureBatch;
  readonly at: number;
}

/** Claims that workers have, by their content. */
const SENT = new Map<string, Place>();

/**
 * Whether a claim is right: another thread has found it so, or `verify` does. Where none has begun
 * with it, none will. A wrong one is always found so by `verify`, which has words for it.
 */
export function isRightClaim(claim: SignatureClaim, verify: () => boolean): boolean {
  const place = SENT.size > 0 && fitsBatch(claim) ? SENT.get(nameOf(claim)) : undefined;
  if (place === undefined) return verify();
  const { batch, at } = place;
  if (!batch.take(at) && batch.isRight(at)) return true;
  const isRight = verify();
  // Inputs of one address have one signature: the next of them need not be verified.
  if (isRight) batch.setRight(at);
  return isRight;
}

/** All sizes but the last are fixed, so two claims never have one name. */
function nameOf({ signature, data, key }: SignatureClaim): string {
  return key.toHex() + data.toHex() + signature.toHex();
}

/** Work that is queued, in whose turn its signatures will be verified. */
export interface Expected {
  /** Its turn is over. */
  end(): void;
}

/** Fewer are verified in their turn: telling another thread would gain too little. */
const WORTH_SENDING = 8;

interface Waiting {
  readonly count: number;
  readonly claims: () => readonly SignatureClaim[];
  /** The places of the claims that were sent for it, by content. */
  readonly sent: Map<string, Place>;
}

/** Has signatures verified by workers, those of many that wait at once in one batch. */
export class SignaturesAhead {
  readonly #workers: SignatureWorkers;
  readonly #waiting = new Set<Waiting>();
  #isSending = false;

  constructor(workers: SignatureWorkers) {
    this.#workers = workers;
  }

  /**
   * @param count how many claims there are, or a few more
   * @param claims called when it is worth it, if that comes before the end
   */
  expect(count: number, claims: () => readonly SignatureClaim[]): Expected {
    const waiting = { count, claims, sent: new Map<string, Place>() };
    this.#waiting.add(waiting);
    if (!this.#isSending) {
      this.#isSending = true;
      // What comes in the same turn shares a batch, and the turn's commands run after this.
      queueMicrotask(() => this.#send());
    }
    return { end: () => this.#end(waiting) };
  }

  #send(): void {
    this.#isSending = false;
    const count = [...this.#waiting].reduce((sum, waiting) => sum + waiting.count, 0);
    if (count < WORTH_SENDING || this.#workers.isOff) return;
    const unsent = new Map<string, { waiting: Waiting; claim: SignatureClaim }>();
    for (const waiting of this.#waiting) {
      for (const claim of claimsOf(waiting)) {
        const name = nameOf(claim);
        if (!SENT.has(name) && !unsent.has(name)) unsent.set(name, { waiting, claim });
      }
    }
    this.#waiting.clear();
    const claims = Array.from(unsent.values(), ({ claim }) => claim);
    const batch = claims.length === 0 ? undefined : this.#workers.send(claims);
    if (batch === undefined) return;
    let at = 0;
    for (const [name, { waiting }] of unsent) {
      const place = { batch, at: at++ };
      waiting.sent.set(name, place);
      SENT.set(name, place);
    }
  }

  #end(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    for (const [name, { batch, at }] of waiting.sent) {
      // What has not been verified need not be any more.
      batch.take(at);
      SENT.delete(name);
    }
  }
}

function claimsOf({ claims }: Waiting): readonly SignatureClaim[] {
  try {
    return claims().filter(fitsBatch);
  } catch {
    // Nobody would hear of it here. It comes again in the turn of whatever this is.
    return [];
  }
}
