import { assert, assertEquals } from "@std/assert";
import { amount, figure } from "../support/amounts.ts";
import { freePort } from "../support/ports.ts";
import { Prng } from "../support/prng.ts";
import { rawRequest } from "../support/raw_http.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

/** How often the server is killed: twice by default, thirty times in a full run. */
const KILLS = amount("LEDGER_LINEAR_KILLS", 2);

const CLIENTS = 8;

/** Operations that are answered between two kills. */
const OPERATIONS = 120;

const STREAM = "/v1/stream/s";

/** When something was asked and answered, in milliseconds of one clock. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** What clients did, and what they were told: enough to say whether one order explains it all. */
class History {
  /** Each value is appended once; what nobody answered may be in, or not. */
  readonly appended = new Map<number, Span & { readonly next: string; readonly after?: string }>();
  readonly unanswered = new Set<number>();
  readonly refused = new Set<number>();
  readonly reads: (Span & { readonly values: readonly number[] })[] = [];
  readonly ends: (Span & { readonly next: string })[] = [];

  get count(): number {
    return this.appended.size + this.refused.size + this.reads.length + this.ends.length;
  }
}

/** One client: each request has a connection of its own, so that any thread may answer it. */
class Client {
  readonly #origin: string;
  readonly #history: History;
  readonly #random: Prng;
  #known = "";

  constructor(origin: string, history: History, seed: number) {
    this.#origin = origin;
    this.#history = history;
    this.#random = new Prng(seed);
  }

  /** Does one thing after another until `isOver`; what has no answer since the server is gone is noted. */
  async run(nextValue: () => number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const kind = this.#random.below(4);
      if (kind === 0) await this.#read();
      else if (kind === 1) await this.#askEnd();
      else await this.#append(nextValue(), kind === 2 ? undefined : this.#known);
    }
  }

  /** Appends a value; where `after` is given, only if the stream ends there. */
  async #append(value: number, after: string | undefined): Promise<void> {
    const expected = after ? { "stream-expected-offset": after } : {};
    const headers = { "content-type": "application/json", ...expected };
    const asked = await this.#ask("POST", STREAM, headers, `${value}`);
    if (asked === undefined) {
      this.#history.unanswered.add(value);
      return;
    }
    const { span, status, next } = asked;
    assert(status === 204 || (status === 409 && after), `append: ${status}`);
    if (status === 204) {
      const ends = after ? { after } : {};
      this.#history.appended.set(value, { ...span, next, ...ends });
    } else {
      this.#history.refused.add(value);
      assert(next !== after);
      this.#history.ends.push({ ...span, next });
    }
  }

  async #read(): Promise<void> {
    const asked = await this.#ask("GET", `${STREAM}?offset=-1`);
    if (asked === undefined) return;
    const { span, status, next, body } = asked;
    assertEquals(status, 200);
    // The server was killed in the middle of it.
    if (!body.endsWith("]")) return;
    this.#history.reads.push({ ...span, values: JSON.parse(body) });
    this.#history.ends.push({ ...span, next });
  }

  async #askEnd(): Promise<void> {
    const asked = await this.#ask("HEAD", STREAM);
    if (asked === undefined) return;
    assertEquals(asked.status, 200);
    this.#history.ends.push({ ...asked.span, next: asked.next });
  }

  async #ask(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>> = {},
    sent?: string,
  ) {
    const start = performance.now();
    try {
      const answer = await rawRequest(this.#origin, method, target, headers, sent);
      const next = answer.headers.get("stream-next-offset") ?? "";
      // A connection that was cut in the middle of its answer has none.
      if (!answer.status || next === "") return undefined;
      this.#known = next;
      return { ...answer, next, span: { start, end: performance.now() } };
    } catch {
      return undefined;
    }
  }
}

for (const threads of [1, 3]) {
  Deno.test(`one order explains all that clients were told, on ${threads} threads, over ${KILLS} kills`, async () => {
    await withFolder(async (folder) => {
      const port = freePort();
      const origin = `http://127.0.0.1:${port}`;
      const flags = [`--threads=${threads}`, `--port=${port}`, `--store=${folder}/ledger.db`];
      const history = new History();
      let values = 0;
      let server = await ServerProcess.start(flags);
      try {
        await rawRequest(origin, "PUT", STREAM, { "content-type": "application/json" });
        for (let round = 0; round <= KILLS; round++) {
          if (round > 0) server = await ServerProcess.start(flags);
          const before = history.count;
          let isOver = false;
          const clients = Array.from(
            { length: CLIENTS },
            (_, at) =>
              new Client(origin, history, round * CLIENTS + at)
                .run(() => values++, () => isOver),
          );
          await until("enough is answered", () => history.count >= before + OPERATIONS);
          if (round < KILLS) await server.kill();
          isOver = true;
          await Promise.all(clients);
        }
        const { body } = await rawRequest(origin, "GET", `${STREAM}?offset=-1`);
        assertExplained(history, JSON.parse(body));
      } finally {
        await server.kill();
      }
      figure(`operations on ${threads} threads`, history.count);
    });
  });
}

/** Whether the stream's own order is one in which everything happened while it was asked for. */
function assertExplained(history: History, order: readonly number[]): void {
  const { appended, unanswered, refused, reads, ends } = history;
  const places = new Map(order.map((value, at) => [value, at]));
  assertEquals(places.size, order.length, "a value is in twice");
  for (const value of order) assert(appended.has(value) || unanswered.has(value));
  for (const value of refused) assert(!places.has(value), `${value} was refused, and is in`);
  const acknowledged = [...appended].map(([value, told]) => {
    const place = places.get(value);
    assert(place !== undefined, `${value} was acknowledged, and is not in`);
    return { ...told, place };
  }).sort((one, other) => one.place - other.place);

  // Who was answered before another asked is before him; so no end lies before a later start.
  let earliestEnd = Infinity;
  for (const { start, end } of acknowledged.toReversed()) {
    assert(start <= earliestEnd, "an append is behind one that was asked for after its answer");
    earliestEnd = Math.min(earliestEnd, end);
  }
  acknowledged.forEach(({ next, after, place }, at) => {
    const before = acknowledged[at - 1];
    if (before === undefined) return;
    assert(before.next < next, "offsets are not in the order of the stream");
    if (after === undefined) return;
    // Nothing lies between what was expected and what was appended there.
    if (before.place === place - 1) assertEquals(before.next, after);
    else assert(before.next <= after);
  });

  for (const { start, end, values } of reads) {
    assertEquals(values, order.slice(0, values.length), "a read is no beginning of the stream");
    for (const told of acknowledged) {
      if (told.end < start) {
        assert(told.place < values.length, "a read missed what was told before");
      }
      if (told.start > end) {
        assert(told.place >= values.length, "a read has what was not asked yet");
      }
    }
  }
  assertNeverBack(reads.map((read) => ({ ...read, at: read.values.length })));
  for (const { start, end, next } of ends) {
    for (const told of acknowledged) {
      if (told.end < start) assert(told.next <= next, "an end lies before what was told before");
      if (told.start > end) assert(told.next > next, "an end lies behind what was not asked yet");
    }
  }
  assertNeverBack(ends.map((told) => ({ ...told, at: told.next })));
}

/** Who asks after another was answered sees no less than he did. */
function assertNeverBack(seen: readonly (Span & { readonly at: number | string })[]): void {
  const byEnd = seen.toSorted((one, other) => one.end - other.end);
  let answered = 0;
  let most: number | string | undefined;
  for (const { start, at } of seen.toSorted((one, other) => one.start - other.start)) {
    for (
      let told = byEnd[answered];
      told !== undefined && told.end < start;
      told = byEnd[answered]
    ) {
      if (most === undefined || told.at > most) most = told.at;
      answered++;
    }
    assert(most === undefined || at >= most, "a later look saw less than an earlier one");
  }
}
