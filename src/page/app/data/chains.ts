import { ask, askLines } from "./api.ts";

/** A chain at a glance, as `GET /v1/chains` has it. */
export interface ChainSummary {
  readonly chain: string;
  readonly epoch: string;
  /** How many events there are: also the offset of the next one. */
  readonly events: number;
  readonly commits: number;
  readonly bytes: number;
  readonly id: string;
  /** Of the last commit, in milliseconds since the epoch. */
  readonly time: number;
  /** Events a second over the last minute. */
  readonly rate: number | null;
  readonly damaged?: string;
}

/** An event as it lies in the log. */
export interface LogEvent {
  readonly offset: number;
  readonly id: string;
  /** In milliseconds since the epoch. */
  readonly time: number;
  readonly type: string;
  readonly keys?: readonly string[];
  readonly producer?: { readonly id: string; readonly epoch: number; readonly seq: number };
  /** Whether the next event belongs to the same commit. */
  readonly more?: boolean;
  readonly data?: unknown;
  /** Instead of `data`, where it is no JSON. */
  readonly text?: string;
  readonly base64?: string;
}

/** Which events are wanted. */
export interface EventsAsked {
  /** An offset, a ULID, a time, `earliest` or `latest`. */
  readonly from?: string;
  readonly limit: number;
  readonly backward?: boolean;
  readonly types?: readonly string[];
  readonly keys?: readonly string[];
}

/** All chains that the key may read, whose names begin with `prefix`. */
export async function listChains(prefix = "", signal?: AbortSignal): Promise<ChainSummary[]> {
  const query = prefix === "" ? "" : `?prefix=${encodeURIComponent(prefix)}`;
  return await gathered(askLines<ChainSummary>(`v1/chains${query}`, { signal }));
}

/** A chain by its whole name; undefined where it has no event yet. */
export async function findChain(
  name: string,
  signal?: AbortSignal,
): Promise<ChainSummary | undefined> {
  return (await listChains(name, signal)).find(({ chain }) => chain === name);
}

/** Events of a chain. */
export async function readEvents(
  chain: string,
  asked: EventsAsked,
  signal?: AbortSignal,
): Promise<LogEvent[]> {
  return await gathered(askLines<LogEvent>(eventsPath(chain, asked), { signal }));
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;

/** Whether a text could be an event's id. */
export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/**
 * The event that an offset, a ULID or a time names: at a time the first one that is not before it.
 * Undefined where there is none.
 */
export async function eventAt(
  chain: string,
  place: string,
  signal?: AbortSignal,
): Promise<LogEvent | undefined> {
  // The place of an id is behind its event.
  const backward = isUlid(place);
  const from = backward ? place.toUpperCase() : place;
  const [event] = await readEvents(chain, { from, backward, limit: 1 }, signal);
  return backward && event?.id !== from ? undefined : event;
}

/** Where the events of a chain are. */
export function eventsPath(chain: string, asked: Partial<EventsAsked>): string {
  const { from, limit, backward, types = [], keys = [] } = asked;
  const query = new URLSearchParams();
  if (from !== undefined) query.set("from", from);
  if (limit !== undefined) query.set("limit", String(limit));
  if (backward === true) query.set("backward", "true");
  for (const type of types) query.append("type", type);
  for (const key of keys) query.append("key", key);
  return `${chainPath(chain)}/events?${query}`;
}

/** Where a chain is in the server's own API. */
export function chainPath(chain: string): string {
  return `v1/chains/${encodeURIComponent(chain)}`;
}

/** Where a chain is as a stream: streams of users are there by their own names. */
export function streamPath(chain: string): string {
  const name = chain.startsWith("streams/") ? chain.slice("streams/".length) : chain;
  return `v1/stream/${name.split("/").map(encodeURIComponent).join("/")}`;
}

/** The part of a chain's name that says whose it is. */
export function ledgerOf(chain: string): string {
  return chain.split("/", 1)[0] ?? chain;
}

/** What the names of the server's own chains begin with. */
const OWN = /^(?:ledgerline|streams\/__ds)\//;

/** Whether a chain is one of the server's own, which nobody writes to and nobody is shown. */
export function isOwn(chain: string): boolean {
  return OWN.test(chain);
}

/** Commits that a ledger's chain is begun with, at the most. */
const BEGUN_WITH = 3;

/** Whether nobody has written anything yet: all there is was made by the server as it began. */
export function isUntouched(chains: readonly ChainSummary[]): boolean {
  return chains.every(({ chain, commits }) =>
    isOwn(chain) || (ledgerOf(chain) !== "streams" && commits <= BEGUN_WITH)
  );
}

/** Writes the first events of a server to which nobody has written yet. */
export async function sendFirstEvent(): Promise<string> {
  const chain = "streams/hello";
  await ask(streamPath(chain), { method: "PUT", headers: { "content-type": "application/json" } });
  await ask(streamPath(chain), { method: "POST", body: { hello: "world", from: "the page" } });
  return chain;
}

async function gathered<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
