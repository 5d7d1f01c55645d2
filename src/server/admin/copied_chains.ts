import { isReservedChain } from "../../streams/chain/names.ts";
import { OWN_PREFIX } from "../keys/stored_key.ts";

/**
 * Whether a chain is copied by a server that follows another. Keys, subscriptions and the order of
 * all chains are each server's own.
 */
export function isCopied(chain: string): boolean {
  return !chain.startsWith(OWN_PREFIX) && !isReservedChain(chain);
}
