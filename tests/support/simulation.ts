import { assert, assertEquals } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { append } from "../../src/log/append.ts";
import type { Chain } from "../../src/log/chain.ts";
import type { PlacedEvent } from "../../src/log/event.ts";
import { counting, event, seen } from "./chains.ts";
import type { Prng } from "./prng.ts";

/** What a client knows of an append when it is over. */
export type Knowledge =
  /** Told that it is in, beginning here. */
  | { readonly end: "in"; readonly first: number }
  /** Told that it is in, by a repeat too late to say where. */
  | { readonly end: "somewhere" }
  /** Told that it is not in. */
  | { readonly end: "out" }
  /** Told that nobody knows. */
  | { readonly end: "unknown" };

/** One append: what each of its events holds, in order. */
export interface Sent {
  readonly data: readonly string[];
  readonly knowledge: Knowledge;
}

export const projection = counting;

/** Writes to random instances of one chain, and remembers what it was told. */
export class Client {
  readonly sent: Sent[] = [];
  readonly #name: string;
  readonly #chains: readonly Chain[];
  readonly #random: Prng;
  /** Offset that the chain has reached for certain, as told to anybody. */
  readonly #reached: { next: number };
  #seq = 0;
  #count = 0;

  constructor(name: string, chains: readonly Chain[], random: Prng, reached: { next: number }) {
    this.#name = name;
    this.#chains = chains;
    this.#random = random;
    this.#reached = reached;
  }

  async run(steps: number): Promise<void> {
    const kinds = [
      () => this.#plain(),
      () => this.#plain(),
      () => this.#asProducer(),
      () => this.#asProducer(),
      () => this.#expecting(),
      () => this.#throwing(),
      () => this.#asking(),
    ];
    for (let step = 0; step < steps; step++) await kinds[this.#random.below(kinds.length)]?.();
  }

  async #plain(): Promise<void> {
    const data = this.#some();
    const told = (first: number | undefined): Knowledge =>
      first === undefined ? { end: "somewhere" } : { end: "in", first };
    const bytes = 100 * this.#random.below(3);
    await this.#note(data, async () => {
      const command = append(this.#events(data));
      return told((await this.#chain().execute(command, undefined, { bytes })).first);
    });
  }

  /** Sends again, by whichever instance, until it is told that the append is in. */
  async #asProducer(): Promise<void> {
    const data = this.#some();
    const producer = { id: this.#name, epoch: 0, seq: this.#seq++ };
    for (;;) {
      try {
        const { first, next } = await this.#chain().append(this.#events(data), { producer });
        this.#reach(next);
        this.sent.push({
          data,
          knowledge: first === undefined ? { end: "somewhere" } : { end: "in", first },
        });
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    }
  }

  async #expecting(): Promise<void> {
    const data = this.#some();
    await this.#note(data, async () => {
      const chain = this.#chain();
      const expectedOffset = (await chain.head())?.next ?? 0;
      const { first } = await this.#chain().append(this.#events(data), { expectedOffset });
      assertEquals(first, expectedOffset);
      return { end: "in", first: expectedOffset };
    });
  }

  async #throwing(): Promise<void> {
    const data = this.#some();
    await this.#note(data, () =>
      this.#chain().execute(async (tx) => {
        for (const one of this.#events(data)) await tx.emit(one);
        throw new LedgerError("config_invalid", "thrown on purpose");
      }));
  }

  /** An answer must be based on all that anybody was told before the question. */
  async #asking(): Promise<void> {
    const { next: reached } = this.#reached;
    try {
      const { next, counted } = await this.#chain().execute(async (tx) => ({
        next: tx.next,
        counted: await tx.get<number>(["count", "t"]) ?? 0,
      }));
      assert(next >= reached, `answered as of ${next} when ${reached} was reached`);
      assertEquals(counted, next, "rows are of another moment than the head");
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  async #note(data: readonly string[], append: () => Promise<Knowledge>): Promise<void> {
    let knowledge: Knowledge;
    try {
      knowledge = await append();
      if (knowledge.end === "in") this.#reach(knowledge.first + data.length);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      knowledge = { end: error.code === "store_unavailable" ? "unknown" : "out" };
    }
    this.sent.push({ data, knowledge });
  }

  #reach(next: number): void {
    this.#reached.next = Math.max(this.#reached.next, next);
  }

  #chain(): Chain {
    const chain = this.#chains[this.#random.below(this.#chains.length)];
    assert(chain !== undefined);
    return chain;
  }

  #some(): string[] {
    const name = `${this.#name}-${this.#count++}`;
    return Array.from({ length: 1 + this.#random.below(3) }, (_, at) => `${name}.${at}`);
  }

  #events(data: readonly string[]) {
    return data.map((one) => event(one, "t", [one.slice(-3)]));
  }
}

/** Follows a chain by random instances, is cut now and then, and resumes from its cursor. */
export class Reader {
  readonly events: PlacedEvent[] = [];
  readonly #from: number;
  readonly #chains: readonly Chain[];
  readonly #random: Prng;

  constructor(from: number, chains: readonly Chain[], random: Prng) {
    this.#from = from;
    this.#chains = chains;
    this.#random = random;
  }

  get from(): number {
    return this.#from;
  }

  get next(): number {
    return this.#from + this.events.length;
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const cut = new AbortController();
      const signal = AbortSignal.any([stop, cut.signal]);
      const left = this.#random.chance(0.7) ? this.#random.below(40) : Infinity;
      try {
        await this.#follow(signal, left);
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
      cut.abort();
    }
  }

  async #follow(signal: AbortSignal, left: number): Promise<void> {
    const chain = this.#chains[this.#random.below(this.#chains.length)];
    assert(chain !== undefined);
    const last = this.events.at(-1);
    // A cursor is an offset, or the id of the last event.
    const from = last !== undefined && this.#random.chance(0.5)
      ? { at: "after", id: last.id } as const
      : { at: "offset", offset: this.next } as const;
    let count = left;
    for await (const told of chain.follow({ from, signal })) {
      if (told.kind === "event") {
        assertEquals(told.event.offset, this.next, "a follower missed or repeated an event");
        this.events.push(told.event);
      } else assertEquals(told.next, this.next);
      if (--count <= 0) return;
    }
  }
}

/** Whether a client may simply try again. */
function isPassing(error: unknown): boolean {
  return error instanceof LedgerError && ["store_unavailable", "store_busy"].includes(error.code);
}

/** Holds what clients and readers know against the log as it is. */
export function assertKept(
  all: readonly PlacedEvent[],
  sent: readonly Sent[],
  readers: readonly Reader[],
): void {
  const places = new Map<string, number[]>();
  for (const [at, { offset, data }] of all.entries()) {
    assertEquals(offset, at, "ordered: offsets are dense");
    assert(at === 0 || (all[at - 1]?.id ?? "") < (all[at]?.id ?? ""), "ordered: ids increase");
    places.set(String(data), [...places.get(String(data)) ?? [], at]);
  }
  let known = 0;
  for (const { data, knowledge } of sent) {
    const found = data.map((one) => places.get(one) ?? []);
    const first = found[0]?.[0];
    const where = JSON.stringify({ data, knowledge, found });
    for (const offsets of found) assert(offsets.length <= 1, `unique: ${where}`);
    const isWhole = found.every(([offset], at) => offset === (first ?? NaN) + at);
    assert(isWhole || found.every(({ length }) => length === 0), `atomic: ${where}`);
    known += isWhole ? data.length : 0;
    switch (knowledge.end) {
      case "in":
        assertEquals(first, knowledge.first, `reliable: ${where}`);
        break;
      case "somewhere":
        assert(isWhole, `reliable: ${where}`);
        break;
      case "out":
        assert(!isWhole, `reliable: ${where}`);
        break;
      case "unknown":
        break;
    }
  }
  assertEquals(known, all.length, "nothing is in the log that nobody sent");
  const whole = all.map(seen);
  for (const { from, events } of readers) assertEquals(events.map(seen), whole.slice(from));
}
