import { CpuMeter } from "../cpu.ts";
import { median, quantile } from "../pairs.ts";
import { delay, type ServerProcess, startOurs, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rate, rounded, type Row } from "../table.ts";
import { TellingNode } from "../telling_node.ts";

/** Events that a node tells a second, by pairs that it tells at once. */
const PER_SECOND = 1_000;
const AT_ONCE = 10;

/** Events after which memory is looked at. */
const MARKS = [10_000, 100_000, 1_000_000];

/** Milliseconds between two looks at how far it has come. */
const LOOK_MS = 250;

/** How much more memory all events may take than a tenth of them. */
const MOST_GROWTH = 1.1;

async function withGateway<T>(
  use: (gateway: ServerProcess, node: TellingNode) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const node = new TellingNode();
    try {
      const gateway = await startOurs(folder, [`--hathor-follow=${node.origin}/v1a/`]);
      try {
        return await use(gateway, node);
      } finally {
        await gateway.stop();
      }
    } finally {
      await node.close();
    }
  });
}

/** Waits until a gateway has so many events. */
async function reached({ main }: ServerProcess, count: number): Promise<void> {
  const metric = /^ledger_remote_last_id\{remote="hathor"\} (\d+)/m;
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${main}/metrics`)).text();
    if (Number(metric.exec(text)?.[1] ?? -1) >= count - 1) return;
    await delay(LOOK_MS);
  }
}

/** Milliseconds from a node's telling of an event to its coming out of what follows it. */
class Lags {
  readonly #toldAt = new Map<number, number>();
  readonly #socket: WebSocket;
  #lags: number[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const id = Number(/"id":(\d+)/.exec(String(data))?.[1]);
      const at = this.#toldAt.get(id);
      if (at === undefined) return;
      this.#lags.push(performance.now() - at);
      this.#toldAt.delete(id);
    };
  }

  /** Hears of what comes behind the first `begin` events. */
  static async from({ main }: ServerProcess, begin: number): Promise<Lags> {
    const socket = new WebSocket(`ws://127.0.0.1:${main}/hathor/v1a/event_ws`);
    const lags = new Lags(socket);
    await new Promise((resolve) => socket.onopen = resolve);
    const asked = { last_ack_event_id: begin - 1, window_size: 1_000_000_000 };
    socket.send(JSON.stringify({ type: "START_STREAM", ...asked }));
    return lags;
  }

  /** Has a node tell events at a steady rate, and says how late they came. */
  async measure(node: TellingNode, from: number, count: number): Promise<readonly number[]> {
    this.#lags = [];
    const started = performance.now();
    for (let sent = 0; sent < count; sent += AT_ONCE) {
      await delay(Math.max(0, started + sent * 1_000 / PER_SECOND - performance.now()));
      const now = performance.now();
      for (let id = from + sent; id < from + sent + AT_ONCE; id++) this.#toldAt.set(id, now);
      node.tell(from + sent + AT_ONCE);
    }
    while (this.#toldAt.size > 0) await delay(1);
    return this.#lags;
  }

  close(): void {
    this.#socket.close();
  }
}

/** The node and the client are in this process, and what follows in its own. */
export const hathorFollowLag: Scenario = {
  name: "hathor-follow-lag",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withGateway(async (gateway, node) => {
      const begin = 2_000;
      node.tell(begin);
      await reached(gateway, begin);
      const lags = await Lags.from(gateway, begin);
      const count = quick ? 500 : 10_000;
      const meter = await CpuMeter.start(gateway.pid);
      const found: (readonly number[])[] = [];
      for (let pair = 0; pair < (quick ? 1 : pairs); pair++) {
        found.push(await lags.measure(node, begin + pair * count, count));
      }
      const { client, server = NaN } = await meter.stop();
      lags.close();
      const each = found.map((some) => quantile(some, 0.99));
      const p50 = median(found.map((some) => median(some)));
      return [{
        scenario: "hathor-follow-lag",
        ours: `p50 ${rounded(p50)} ms, p99 ${rounded(median(each))} ms`,
        ceiling: "",
        ratio: median(each),
        unit: " ms",
        each,
        note: `${PER_SECOND} events/s of a node, ${AT_ONCE} at once; ` +
          `client ${client.toFixed(2)}, server ${server.toFixed(2)} cores`,
      }];
    }),
};

/** Resident memory of what follows a node while it takes a million events, which takes minutes. */
export const hathorFollowMemory: Scenario = {
  name: "hathor-follow-memory",
  isLong: true,
  run: ({ quick }): Promise<Row[]> =>
    withGateway(async (gateway, node) => {
      const marks = MARKS.map((count) => quick ? count / 100 : count);
      const found: number[] = [];
      const started = performance.now();
      for (const count of marks) {
        node.tell(count);
        await reached(gateway, count);
        found.push(await gateway.rss());
      }
      const last = marks.at(-1) ?? NaN;
      const perSecond = last * 1_000 / (performance.now() - started);
      const growth = (found.at(-1) ?? NaN) / (found.at(-2) ?? NaN);
      return [{
        scenario: "hathor-follow-memory",
        ours: `${rounded((found.at(-1) ?? NaN) / 1e6)} MB`,
        ceiling: "",
        ratio: growth,
        unit: " of what a tenth takes",
        target: { is: "at most", value: MOST_GROWTH },
        note: marks.map((count, at) => `${rounded((found[at] ?? NaN) / 1e6)} MB at ${count}`)
          .join(", ") + ` events, taken at ${rate(perSecond)}`,
      }];
    }),
};
