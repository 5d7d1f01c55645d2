/** The name of this ledger. */
export const LEDGER = "hathor";

/** What the chains of this ledger are called in the log: one for each network. */
export const HATHOR_PREFIX = `${LEDGER}/`;

/** The log of a network. Its events are the events of the node: an event's id is its offset. */
export function networkChainName(network: string): string {
  return HATHOR_PREFIX + network;
}

/** What chains of accumulated works that were asked for begin with; no network is called so. */
export const WORKS_PREFIX = `${HATHOR_PREFIX}__works/`;

/** What chains of mining jobs begin with; no network is called so. */
export const JOBS_PREFIX = `${HATHOR_PREFIX}__jobs/`;

/** What the streams of deposits begin with: one for each subscription, under its network. */
export const DEPOSITS_PREFIX = `${HATHOR_PREFIX}deposits/`;

/** What the books of those subscriptions begin with; no network is called so. */
export const DEPOSIT_BOOK_PREFIX = `${HATHOR_PREFIX}__deposits/`;

/** The stream of one subscription to deposits, in a network. */
export function depositsChainName(network: string, id: string): string {
  return `${DEPOSITS_PREFIX}${network}/${id}`;
}

/** The chains that a network has, by their names and by what their names begin with. */
export function chainsOfNetwork(
  network: string,
): { readonly names: readonly string[]; readonly prefixes: readonly string[] } {
  return {
    names: [
      networkChainName(network),
      WORKS_PREFIX + network,
      JOBS_PREFIX + network,
      DEPOSIT_BOOK_PREFIX + network,
    ],
    prefixes: [depositsChainName(network, "")],
  };
}
