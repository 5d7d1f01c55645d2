import { batchRequest, post } from "../events.ts";
import { besidePeer, inTurns, median } from "../pairs.ts";
import { NatsFanout, withNats } from "../peers/nats.ts";
import { createChain, type ServerProcess, withServers } from "../processes.ts";
import { HttpConnection } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { subscribed } from "../streams.ts";
import { rate, rounded, type Row } from "../table.ts";

/** A block closes at this many events, and is a message of its own. */
const BLOCK_EVENTS = 50;

/**
 * Live fan-out. What is measured is the work of delivering, not of appending: a round is one batch,
 * from its request until every client has every message, less the time that the same batch took
 * just before on a chain that nobody follows; what counts is the median of the rounds. Batches stay
 * below the high-water mark of a socket, so that a round has no waiting in it. The bare server is
 * asked in the same way, and the time of a request for nothing is taken off. The time from the
 * first message to the last would be steadier, but says less: a runtime that has handed over all
 * messages before it writes the first hides half of the work from it. It is in the notes, as is the
 * rate with the appending in it. For a single client appending is nearly all there is, so
 * that line has no target, and counts from the first message to the last.
 */
export const fanout: readonly Scenario[] = [1, 10, 100, 1_000].map((clients) => ({
  name: `fanout-${clients}`,
  run: ({ pairs, quick }): Promise<Row[]> =>
    withServers((ours, bare) =>
      withNats(async (peer) => {
        const events = 100;
        const rounds = quick
          ? 2
          : clients === 1
          ? 60
          : clients === 10
          ? 30
          : clients === 100
          ? 10
          : 4;
        const load = { clients, rounds, messages: events + events / BLOCK_EVENTS };
        const nats = peer && await NatsFanout.open(peer, clients, events);
        const live = await OursLive.open(ours, load, events);
        const still = await BareLive.open(bare, load);
        try {
          await live.warmUp();
          still.bytes = live.messageBytes;
          await still.warmUp();
          const whole: number[] = [];
          const written: number[] = [];
          const writing: number[] = [];
          // The peer takes in what it delivers as well.
          const beside: number[] = [];
          const paired = await inTurns(
            pairs,
            {
              run: async () => {
                const found = await live.measure();
                whole.push(found.all);
                written.push(found.writing);
                return clients === 1 ? found.writing : found.delivering;
              },
              pid: ours.pid,
            },
            async () => {
              const found = await still.measure();
              writing.push(found.writing);
              return clients === 1 ? found.writing : found.delivering;
            },
            nats && (async () => {
              const found = await nats.measure(rounds);
              beside.push((whole.at(-1) ?? NaN) / found);
              return found;
            }),
          );
          return [{
            scenario: `fanout-${clients}`,
            ours: rate(paired.ours),
            ceiling: rate(paired.ceiling),
            ratio: paired.ratio,
            each: paired.each,
            ...(clients === 1 ? {} : { target: { is: "at least", value: 0.95 } }),
            ...besidePeer(
              {
                ...paired,
                ...(paired.peer && { peer: { ...paired.peer, ratio: median(beside) } }),
              },
              rate,
              clients === 1 ? undefined : { is: "at least", value: 3 },
            ),
            note: `${rate(median(whole))} with appending; first to last ${
              rounded(median(written) / median(writing))
            }; ${rounded(live.messageBytes)} B a frame; ${paired.cpu}`,
          }];
        } finally {
          await live.close();
          await still.close();
          await nats?.close();
        }
      })
    ),
}));

interface Load {
  readonly clients: number;
  readonly rounds: number;
  /** Messages for each client and round. */
  readonly messages: number;
}

/** Rounds of asking for something that all clients of a crowd hear of. */
abstract class Live {
  readonly #load: Load;
  protected readonly crowd: Crowd;
  protected readonly connection: HttpConnection;

  constructor(load: Load, crowd: Crowd, connection: HttpConnection) {
    this.#load = load;
    this.crowd = crowd;
    this.connection = connection;
  }

  /** A request that every client hears of, and the same that none does. */
  protected abstract readonly loud: () => Uint8Array;
  protected abstract readonly silent: () => Uint8Array;

  async warmUp(): Promise<void> {
    await this.#rounds(2);
  }

  /**
   * Messages per second to all clients together: without the time of the request, with it, and from
   * the first message to the last.
   */
  async measure(): Promise<{ delivering: number; all: number; writing: number }> {
    const { clients, messages, rounds } = this.#load;
    const found = await this.#rounds(rounds);
    const perSecond = (ms: readonly number[]) =>
      clients * messages * 1_000 / Math.max(0.001, median(ms));
    return {
      delivering: perSecond(found.map(({ loud, silent }) => loud - silent)),
      all: perSecond(found.map(({ loud }) => loud)),
      writing: perSecond(found.map(({ writing }) => writing)),
    };
  }

  async close(): Promise<void> {
    this.connection.close();
    await this.crowd.close();
  }

  async #rounds(count: number): Promise<Round[]> {
    const { clients, messages } = this.#load;
    const { crowd, connection } = this;
    const rounds: Round[] = [];
    for (let round = 0; round < count; round++) {
      const began = performance.now();
      await connection.exchange(this.silent());
      const started = performance.now();
      const before = crowd.messages;
      const answered = connection.exchange(this.loud());
      const first = await crowd.waitFor(before + 1);
      const last = await crowd.waitFor(before + clients * messages);
      await answered;
      rounds.push({ silent: started - began, loud: last - started, writing: last - first });
    }
    return rounds;
  }
}

/** Milliseconds of a round without followers, of one with them, and of its messages alone. */
interface Round {
  readonly silent: number;
  readonly loud: number;
  readonly writing: number;
}

class OursLive extends Live {
  protected override readonly loud: () => Uint8Array;
  protected override readonly silent: () => Uint8Array;

  private constructor(load: Load, crowd: Crowd, connection: HttpConnection, events: number) {
    super(load, crowd, connection);
    const loud = batchRequest("bench", 0, events);
    const silent = batchRequest("alone", 0, events);
    this.loud = () => loud;
    this.silent = () => silent;
  }

  static async open(server: ServerProcess, load: Load, events: number): Promise<OursLive> {
    await Promise.all([createChain(server, "bench"), createChain(server, "alone")]);
    const crowd = await subscribed(server, "bench", load.clients);
    return new OursLive(load, crowd, await HttpConnection.connect(server.port), events);
  }

  /** Bytes of a message on average, without those that answered the subscription. */
  get messageBytes(): number {
    return Math.round(this.crowd.bytes / this.crowd.messages);
  }
}

class BareLive extends Live {
  readonly #messages: number;
  bytes = 1;

  private constructor(load: Load, crowd: Crowd, connection: HttpConnection) {
    super(load, crowd, connection);
    this.#messages = load.messages;
  }

  static async open(server: ServerProcess, load: Load): Promise<BareLive> {
    const crowd = await Crowd.connect(server.port, load.clients);
    return new BareLive(load, crowd, await HttpConnection.connect(server.port));
  }

  protected override readonly loud = () => post(`/fan?count=${this.#messages}&bytes=${this.bytes}`);
  protected override readonly silent = () => post(`/fan?count=0&bytes=${this.bytes}`);
}
