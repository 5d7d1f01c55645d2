import { createHash } from "node:crypto";

/** What the chains of this ledger are called, in its API and in the log. */

/** The root chain's name in the API. */
export const MAIN_CHAIN = "main_chain";

/** What the root chain calls itself in its genesis block and as an authority. */
export const MAIN_CHAIN_TITLE = "MainChain";

const PREFIX = "hierachain/";

/** Characters of a chain's name: longer ones would crowd the keys of the store. */
export const CHAIN_NAME_CHARS = 128;

const NAME = /^[a-zA-Z0-9_-]+$/;

/** The log of a chain. */
export function logNameOf(chain: string): string {
  return PREFIX + chain;
}

/** The chain of a log. */
export function chainNameOf(logName: string): string {
  return logName.slice(PREFIX.length);
}

/** The prefix of all logs of this ledger. */
export const LOG_PREFIX = PREFIX;

/** Whether a chain of that name can exist. */
export function isChainName(name: string): boolean {
  return name.length <= CHAIN_NAME_CHARS && NAME.test(name);
}

/** The types of this ledger's events in the log. */
export const EVENT = "event";
export const BLOCK = "block";

/** The key by which events of one type are filtered: the type itself, unless it is very long. */
export function typeKey(eventType: string): string {
  if (eventType.length <= 300) return eventType;
  return `sha256:${createHash("sha256").update(eventType).digest("hex")}`;
}
