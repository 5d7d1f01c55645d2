import { isRightSignature, signaturesOf } from "../../../crypto/conditions/fulfillment.ts";
import { type Hash, sha3Begun } from "../../../crypto/hash.ts";
import type { Steps } from "../../../kernel/steps.ts";
import type { Input, Outpoint, Signatures } from "./transaction.ts";

/**
 * The 32 bytes that the signatures of an input are made over.
 *
 * @param begun the hash of the transaction without signatures
 */
export function messageToSign(begun: Hash, fulfills: Outpoint | undefined): Uint8Array {
  const message = begun.copy();
  if (fulfills !== undefined) message.update(`${fulfills.transactionId}${fulfills.outputIndex}`);
  return message.digest();
}

/** The cost of verifying a signature, in characters that take as long to scan. */
const SIGNATURE_COST = 2_000;

/** The signatures of a transaction's inputs, verified once. */
export class InputSignatures implements Signatures {
  readonly #unsigned: string;
  readonly #inputs: readonly Input[];
  #areRight: boolean | undefined;

  constructor(unsigned: string, inputs: readonly Input[]) {
    this.#unsigned = unsigned;
    this.#inputs = inputs;
  }

  *verifying(): Steps<boolean> {
    return this.#areRight ??= yield* this.#verify();
  }

  *#verify(): Steps<boolean> {
    // The transaction is hashed once for all inputs: each adds a few bytes of its own.
    const begun = sha3Begun(this.#unsigned);
    yield this.#unsigned.length;
    for (const { fulfillment, fulfills } of this.#inputs) {
      const message = messageToSign(begun, fulfills);
      for (const part of signaturesOf(fulfillment)) {
        if (!isRightSignature(part, message)) return false;
        yield SIGNATURE_COST;
      }
    }
    return true;
  }
}
