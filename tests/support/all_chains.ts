import { assertEquals } from "@std/assert";
import { ClientSocket, type Told } from "./client_socket.ts";

/** An event as it is told of all chains. */
export interface AllEvent {
  readonly offset: string;
  readonly chain: string;
  readonly chain_offset: string;
  readonly state?: string;
  // What an event holds is for each test to know.
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Opens a socket on all chains; `query` is without its `?`. */
export function allSocket(origin: string, query = ""): Promise<ClientSocket> {
  return ClientSocket.open(origin, `/v1/all?${query}`);
}

/** The events among messages of a socket. */
export function allEvents(told: readonly Told[]): AllEvent[] {
  return told.flatMap(({ events }) => events ?? []);
}

/** An answer to a read of all chains, which must be of that status. */
export async function askAll(
  origin: string,
  query = "",
  { status = 200, headers = {} }: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ readonly text: string; readonly headers: Headers }> {
  const response = await fetch(`${origin}/v1/all?${query}`, { headers });
  const text = await response.text();
  assertEquals(response.status, status, text);
  return { text, headers: response.headers };
}

/** All that there is from an offset on, page by page. */
export async function readAll(
  origin: string,
  query = "",
  from = "-1",
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly events: AllEvent[]; readonly next: string }> {
  const events: AllEvent[] = [];
  for (let next = from;;) {
    const page = await askAll(origin, `offset=${next}&${query}`, { headers });
    events.push(...JSON.parse(page.text));
    next = page.headers.get("stream-next-offset") ?? "";
    if (page.headers.get("stream-up-to-date") === "true") return { events, next };
  }
}

/** What was told of each chain, in order. */
export function byChain(events: readonly AllEvent[]): Map<string, unknown[]> {
  const chains = new Map<string, unknown[]>();
  for (const { chain, data, state } of events) {
    const told = chains.get(chain) ?? [];
    told.push(state ?? data);
    chains.set(chain, told);
  }
  return chains;
}
