import { PyFloat, type PyRecord } from "../../../python/json.ts";
import { pyFloatText } from "../../../python/float_text.ts";

/** What the event that finalises a block is about. */
export const FINALIZATION_ENTITY = "system_consensus";

/** What an authority signs to finalise a block. */
export interface Finalization {
  /** The hash of the block without its finalisation event. */
  readonly blockHash: string;
  /** The chain's name, which is also the authority's. */
  readonly chainName: string;
  /** Seconds since the epoch at signing. */
  readonly timestamp: number;
  /** Seconds since the epoch when the event was put together; a little after `timestamp`. */
  readonly finalizedAt: number;
  /** The signature of a message as lower case hex; Ed25519 in the original. */
  readonly sign: (message: Uint8Array) => string;
}

/**
 * The bytes an authority signs: the unfinalised block's hash, the chain's name and the time as
 * Python prints it, with nothing between them (hierachain 0.2.0,
 * consensus/proof_of_authority.py's rules as measured).
 */
export function authorityMessage(
  blockHash: string,
  chainName: string,
  timestamp: number,
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(blockHash + chainName + pyFloatText(timestamp));
}

/**
 * The event that finalises a block and becomes its last one; the Merkle root and the hash are
 * then computed again over all events. It has no `event_id`. Its keys are sorted, as the original
 * has them after storing them.
 */
export function buildFinalizationEvent(of: Finalization): PyRecord {
  const timestamp = new PyFloat(of.timestamp);
  return {
    details: {
      authority_id: of.chainName,
      authority_signature: of.sign(authorityMessage(of.blockHash, of.chainName, of.timestamp)),
      consensus_type: "proof_of_authority",
      finalized_at: new PyFloat(of.finalizedAt),
      timestamp,
    },
    entity_id: FINALIZATION_ENTITY,
    event: "consensus_finalization",
    timestamp,
  };
}
