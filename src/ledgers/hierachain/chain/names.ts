/** The root chain's name in the API. */
export const MAIN_CHAIN = "main_chain";

/** What the root chain calls itself in its genesis block and as an authority. */
export const MAIN_CHAIN_TITLE = "MainChain";

/** The prefix of the names of all logs of this ledger. */
export const CHAIN_LOGS = "hierachain/";

/** What `/api/business` keeps. No chain of the API can have a name with a slash. */
export const BUSINESS_LOG = `${CHAIN_LOGS}business/registry`;

/** Which sub-chains a node has that is followed; after `CHAIN_LOGS`. */
export const REMOTE_REGISTRY = "remote/registry";

/** Characters of a chain's name, as in the original, which makes the name of a file of it. */
export const MAX_NAME_CHARS = 226;

const NAME = /^[a-zA-Z0-9_-]+$/;

/** The name that a chain has in the log. */
export function chainLogName(chain: string): string {
  return CHAIN_LOGS + chain;
}

/** The name that a chain has in the API. */
export function chainNameOf(logName: string): string {
  return logName.slice(CHAIN_LOGS.length);
}

/** Whether a chain of that name can exist. */
export function isChainName(name: string): boolean {
  return name.length <= MAX_NAME_CHARS && NAME.test(name);
}
