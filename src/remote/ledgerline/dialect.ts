import type { Clock } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { SPREAD_BYTES } from "../../kernel/limits.ts";
import { Heard } from "../heard.ts";
import type { RemoteConnection, RemoteDialect, RemoteNews, RemotePiece } from "../remote.ts";
import type { RemoteServer } from "../remote_server.ts";
import { answerBytes } from "../whole_answer.ts";
import { type Frame, readFrames } from "./frames.ts";
import type { OwnFacts } from "./own_facts.ts";

/** Where a server tells of its commits, and where it gives what a chain has. */
export const RECORDS_PATH = "/v1/records";

/** The header of a page of records: the offset after it. */
export const NEXT_HEADER = "ledger-next";

/** And when its last commit was made, in milliseconds since the epoch. */
export const TIME_HEADER = "ledger-time";

/** Bytes of a page at the most: whole commits, or all rows that a chain has lost its beginning with. */
const PAGE_BYTES = 2 * SPREAD_BYTES;

/** The path of a page of a chain's records. */
export function recordsPath(chain: string): string {
  return `/v1/chains/${encodeURIComponent(chain)}/records`;
}

type KeepFacts = (facts: OwnFacts) => Promise<void>;

/** Another server of this program: its lines are its chains, and an item is whole records. */
export class LedgerlineRemote implements RemoteDialect<Uint8Array> {
  readonly name = "ledgerline";
  readonly #server: RemoteServer;
  readonly #patterns: readonly string[];
  readonly #clock: Clock;
  readonly #keep: KeepFacts;

  /** @param keep keeps what the server is told by, beside its chains */
  constructor(
    server: RemoteServer,
    patterns: readonly string[],
    clock: Clock,
    keep: KeepFacts = () => Promise.resolve(),
  ) {
    this.#keep = keep;
    this.#server = server;
    this.#patterns = patterns;
    this.#clock = clock;
  }

  get address(): string {
    return this.#server.origin;
  }

  async connect(signal: AbortSignal): Promise<RemoteConnection<Uint8Array>> {
    const query = new URLSearchParams(this.#patterns.map((pattern) => ["chain", pattern]));
    const heard = new Heard(this.#clock, signal);
    const response = await heard.within(
      this.#server.get(`${RECORDS_PATH}?${query}`, heard.signal),
    );
    if (response.body === null) throw new LedgerError("remote_invalid", "there is nothing to read");
    const frames = readFrames(heard.chunks(response));
    const first = await frames.next();
    if (first.done === true || first.value.head.kind !== "life") {
      throw new LedgerError("remote_invalid", `${this.address} does not say what it is`);
    }
    const server = this.#server;
    return {
      life: first.value.head.life,
      news: () => newsOf(frames, this.#keep),
      fill: (line, of, from, next) => pages(server, heard, line, of, from, next),
      isGone: (line) => isUnknown(server, heard, line),
    };
  }
}

async function* newsOf(
  frames: AsyncIterable<Frame>,
  keep: KeepFacts,
): AsyncGenerator<RemoteNews<Uint8Array>> {
  for await (const { head, body } of frames) {
    switch (head.kind) {
      case "head": {
        const { chain: line, epoch: of, next, hash: mark } = head;
        yield { kind: "end", line, of, next, mark };
        break;
      }
      case "commit": {
        const { chain: line, epoch: of, first, next, time } = head;
        const piece = { first, next, item: body, bytes: body.length, time };
        yield { kind: "piece", line, of, piece };
        break;
      }
      case "gone":
        yield { kind: "gone", line: head.chain };
        break;
      case "named":
        yield head;
        break;
      case "facts":
        await keep(head.facts);
        break;
      case "beat":
        break;
      case "life":
        throw new LedgerError("remote_invalid", "a life begins within another");
    }
  }
}

/** What a chain has from an offset on, page by page; nothing where that life of it is over. */
async function* pages(
  server: RemoteServer,
  heard: Heard,
  chain: string,
  epoch: string,
  from: number,
  until: number,
): AsyncGenerator<RemotePiece<Uint8Array>> {
  for (let at = from; at < until;) {
    const query = new URLSearchParams({ epoch, from: String(at) });
    let response: Response;
    try {
      response = await heard.within(server.get(`${recordsPath(chain)}?${query}`, heard.signal));
    } catch (error) {
      // What has become of it is told as well.
      if (isOver(error)) return;
      throw error;
    }
    const next = Number(response.headers.get(NEXT_HEADER) ?? "");
    const item = await answerBytes(response, PAGE_BYTES, (part) => heard.within(part));
    if (!Number.isSafeInteger(next) || next <= at || item.length === 0) {
      throw new LedgerError("remote_invalid", `a page of ${chain} at ${at} has nothing in it`);
    }
    const time = Number(response.headers.get(TIME_HEADER) ?? 0);
    yield { first: at, next, item, bytes: item.length, time };
    at = next;
  }
}

/** Whether a server says that it has no such chain; one that it keeps from this key may be there. */
async function isUnknown(
  server: RemoteServer,
  heard: Heard,
  chain: string,
): Promise<boolean> {
  try {
    const path = `${recordsPath(chain)}?epoch=0&from=0`;
    const response = await heard.within(server.get(path, heard.signal));
    await response.body?.cancel();
    return false;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    if (error.code === "remote_away") throw error;
    return error.code === "chain_unknown";
  }
}

function isOver(error: unknown): boolean {
  return error instanceof LedgerError &&
    (error.code === "chain_unknown" || error.code === "epoch_mismatch");
}
