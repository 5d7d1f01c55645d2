import { ask, askJson } from "../../data/api.ts";
import { type LogEvent, readEvents } from "../../data/chains.ts";
import type { Resource } from "../../data/resource.ts";
import { useLiveResource } from "../common/live.ts";
import type { HieraBlock, HieraEvent } from "./model.ts";

/** The root of the tree. */
export const MAIN_CHAIN = "main_chain";

/** The API that a chain of the tree is asked by. */
export const LEDGER_API = "hierachain/api/ledger/";

/** The name that a chain of the tree has in the log. */
export function logNameOf(chain: string): string {
  return `hierachain/${chain}`;
}

/** Asks the ledger's API. */
export function askHiera<T>(path: string, signal?: AbortSignal): Promise<T> {
  return askJson<T>(LEDGER_API + path, { signal });
}

/** What the ledger's API answers to a path, asked for again after each event. */
export function useHiera<T>(path: string): Resource<T> {
  return useLiveResource(
    `hierachain ${path}`,
    (signal) => askHiera<T>(path, signal),
    "hierachain",
  );
}

/** Asks for a text: numbers are hashed as they are written. */
export async function askHieraText(path: string, signal?: AbortSignal): Promise<string> {
  return await (await ask(LEDGER_API + path, { signal })).text();
}

/** Where a chain is in the ledger's API. */
export function treePath(chain: string): string {
  return `chains/${encodeURIComponent(chain)}`;
}

/** What an event is called: a signed one by the type that was signed. */
export function eventName({ event, event_type }: HieraEvent): string {
  return event_type ?? event;
}

/** The last blocks of a chain before an offset, the newest first. */
export async function lastHieraBlocks(
  chain: string,
  asked: { readonly limit: number; readonly before?: string | undefined },
  signal?: AbortSignal,
): Promise<readonly HieraBlock[]> {
  const { limit, before = "latest" } = asked;
  const events = await readEvents(
    logNameOf(chain),
    { from: before, backward: true, limit, types: ["block"] },
    signal,
  );
  return events.map(hieraBlockOf);
}

/** What the log says of a block. */
function hieraBlockOf({ data, offset }: LogEvent): HieraBlock {
  const block = data as {
    index: number;
    hash: string;
    previous_hash: string;
    merkle_root: string;
    timestamp: number;
    events_count: number;
  };
  return {
    index: block.index,
    hash: block.hash,
    previousHash: block.previous_hash,
    merkleRoot: block.merkle_root,
    timestamp: block.timestamp,
    events: block.events_count,
    offset,
  };
}
