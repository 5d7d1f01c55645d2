import { chainProjection } from "../../../src/server/projections.ts";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import type { Chain } from "../../../src/log/chain.ts";
import type { NewEvent } from "../../../src/log/event.ts";
import { eventText } from "../events.ts";
import { median } from "../pairs.ts";
import { withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";

const SMALL = 10_000;
/** Events of one commit while a chain is filled: about what one commit may hold. */
const FILL_EVENTS = 1_200;
/** Events of one append, and of one read, that are measured. */
const AT_ONCE = 100;

const events: readonly NewEvent[] = Array.from(
  { length: FILL_EVENTS },
  (_, at) => ({ type: "production_complete", data: eventText(at) }),
);

/**
 * What a large chain costs beside one of ten thousand events: an append, an append until a follower
 * has it, and a read from an offset anywhere. Each is in a store of its own, in this process.
 */
export const scale: Scenario = {
  name: "scale",
  run: ({ pairs, quick, scale: size }): Promise<Row[]> =>
    withFolder(async (folder) => {
      const large = await Filled.open(`${folder}/large.db`, size);
      const small = await Filled.open(`${folder}/small.db`, SMALL);
      try {
        const times = quick ? 10 : 100;
        const rows: Row[] = [];
        for (const what of ["append", "tail", "read"] as const) {
          await Promise.all([large.measure(what, 5), small.measure(what, 5)]);
          const pair: { large: number; small: number }[] = [];
          for (let at = 0; at < pairs; at++) {
            pair.push({
              large: await large.measure(what, times),
              small: await small.measure(what, times),
            });
          }
          const each = pair.map((one) => one.large / one.small);
          rows.push({
            scenario: `scale-${what}`,
            ours: `${rounded(median(pair.map((one) => one.large)))} ms`,
            ceiling: `${rounded(median(pair.map((one) => one.small)))} ms`,
            ratio: median(each),
            each,
            target: { is: "at most", value: 1.2 },
            note: `${size} events against ${SMALL}`,
          });
        }
        return rows;
      } finally {
        await large.close();
        await small.close();
      }
    }),
};

/** A chain with many events. */
class Filled {
  readonly #log: Log;
  readonly #chain: Chain;
  readonly #size: number;

  private constructor(log: Log, chain: Chain, size: number) {
    this.#log = log;
    this.#chain = chain;
    this.#size = size;
  }

  static async open(path: string, size: number): Promise<Filled> {
    const log = new Log(await openStore(path), { projectionOf: chainProjection });
    const chain = log.chain("bench");
    // The next commit is prepared while the store writes this one.
    const waiting: Promise<unknown>[] = [];
    for (let left = size; left > 0; left -= FILL_EVENTS) {
      waiting.push(chain.append(events.slice(0, left)));
      if (waiting.length >= 4) await waiting.shift();
    }
    await Promise.all(waiting);
    return new Filled(log, chain, size);
  }

  /** Milliseconds, the median of `times` tries. */
  async measure(what: "append" | "tail" | "read", times: number): Promise<number> {
    const some = events.slice(0, AT_ONCE);
    const taken: number[] = [];
    let wake = () => {};
    const head = await this.#chain.head();
    const follower = await this.#chain.attach(head?.next ?? 0, () => wake());
    for (let at = 0; at < times; at++) {
      const woken = new Promise<void>((resolve) => wake = resolve);
      const started = performance.now();
      if (what === "read") {
        const offset = Math.floor(Math.random() * (this.#size - AT_ONCE));
        const found = await this.#chain.read(offset, AT_ONCE);
        if (found.length !== AT_ONCE) throw new Error(`${found.length} events at ${offset}`);
      } else {
        const appended = this.#chain.append(some);
        await (what === "tail" ? woken : appended);
        if (what === "tail") follower.peek();
      }
      taken.push(performance.now() - started);
    }
    follower.close();
    return median(taken);
  }

  async close(): Promise<void> {
    await this.#log.close();
    this.#log.store.close();
  }
}
