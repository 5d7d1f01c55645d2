import { z } from "zod";
import { type Clock, sleep } from "../../../kernel/clock.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import { Pace } from "../../../kernel/turn.ts";
import { Heard } from "../../../remote/heard.ts";
import type { RemoteConnection, RemoteDialect, RemoteNews } from "../../../remote/remote.ts";
import { textOfAnswer } from "../../../remote/whole_answer.ts";
import { type FollowedLife, lifeText } from "../intake/followed_life.ts";
import type { Network } from "../networks/network.ts";
import { nodeEventText } from "../rows/node_event.ts";
import {
  type EventMessage,
  readEventAnswer,
  readEventMessage,
  type ToldEvent,
} from "./event_message.ts";
import { QueueStream } from "./queue_stream.ts";
import type { EventVertices, MadeVertex } from "./event_vertices.ts";
import type { RemoteNode } from "./remote_node.ts";

/** Milliseconds of silence after which the node is asked whether it has told all. */
const SILENCE_MS = 15_000;

/** Milliseconds that it has to answer. */
const ANSWER_MS = 15_000;

/** Bytes of an answer: one event, and what stands around it. */
const ANSWER_BYTES = 16 * 1024 * 1024;

/** Characters of events that are read between two looks at the clock. */
const TURN_CHARS = 64 * 1024;

/** Bytes in memory of an event, beside its text. */
const EVENT_BYTES = 512;

/** An event that is taken from the node, with the bytes of its vertex where that may be new. */
export interface FollowedItem {
  readonly event: ToldEvent;
  readonly made: Promise<MadeVertex | undefined> | undefined;
}

/** What the dialect of a node's events takes from its surroundings. */
export interface EventDialectOptions {
  readonly node: RemoteNode;
  readonly network: Network;
  /** The name of the one line that there is. */
  readonly line: string;
  readonly clock: Clock;
  /** The id that comes next here. */
  next(): Promise<number>;
  /** What finds the bytes of vertices for a connection. */
  vertices(signal: AbortSignal): EventVertices;
}

const versionForm = z.object({
  network: z.string(),
  genesis_block_hash: z.string().optional(),
});

/** A Hathor node as a remote: its one line is the queue of its events. */
export class EventDialect implements RemoteDialect<FollowedItem> {
  readonly name = "hathor";
  readonly #options: EventDialectOptions;
  #stream: QueueStream | undefined;

  constructor(options: EventDialectOptions) {
    this.#options = options;
  }

  get address(): string {
    return this.#options.node.base;
  }

  async connect(signal: AbortSignal): Promise<RemoteConnection<FollowedItem>> {
    const { node, next, line, clock } = this.#options;
    await this.#assertNetwork(signal);
    await this.#assertQueue(signal);
    const last = await next() - 1;
    if (last >= 0) await this.#assertHas(last, signal);
    // The last that is here comes once more: it says who tells it, and is held to what is here.
    const opening = new Heard(clock, signal, ANSWER_MS);
    const opened = QueueStream.open(node, last - 1, opening.signal, this.#stream);
    const stream = this.#stream = await opening.within(opened);
    signal.addEventListener("abort", () => stream.close(), { once: true });
    const text = await this.#heard(stream, last, signal);
    const first = readEventMessage(text);
    const life = this.#lifeOf(first);
    const check = (message: EventMessage) => {
      if (this.#lifeOf(message) !== life) throw invalid("a life begins within another");
    };
    return {
      life,
      news: () => this.#news(stream, { first: text, last, check }, signal),
      // The stream begins with what is missing.
      fill: () => {
        throw invalid(`${line} goes on where nobody was told`);
      },
    };
  }

  async *#news(
    stream: QueueStream,
    { first, last, check }: {
      readonly first: string;
      readonly last: number;
      readonly check: (message: EventMessage) => void;
    },
    signal: AbortSignal,
  ): AsyncGenerator<RemoteNews<FollowedItem>> {
    const { line, vertices } = this.#options;
    const made = vertices(signal);
    const pace = new Pace(TURN_CHARS);
    let newest = last;
    for (let text = first;; text = await this.#heard(stream, newest, signal)) {
      const message = readEventMessage(text);
      check(message);
      const { event, latest } = message;
      if (event.id === last) {
        yield { kind: "end", line, of: "", next: last + 1, mark: markOf(event) };
      } else {
        const isNew = event.id > newest;
        const item = { event, made: isNew ? made.expect(event) : undefined };
        yield {
          kind: "piece",
          line,
          of: "",
          piece: {
            first: event.id,
            next: event.id + 1,
            item,
            bytes: text.length + EVENT_BYTES,
            time: event.timestamp * 1_000,
            told: latest + 1,
          },
        };
        newest = Math.max(newest, event.id);
      }
      stream.taken(event.id, text.length);
      await pace.spend(text.length);
    }
  }

  /** The next message. Where none comes the node is asked whether there is one. */
  async #heard(stream: QueueStream, newest: number, signal: AbortSignal): Promise<string> {
    const ready = stream.ready();
    if (ready !== undefined) return ready;
    const coming = stream.next();
    for (;;) {
      const waiting = new AbortController();
      const silent = sleep(this.#options.clock, SILENCE_MS, waiting.signal);
      const text = await Promise.race([coming, silent]).finally(() => waiting.abort());
      if (text !== undefined) return text;
      const { first } = await this.#events(newest, signal);
      // It may be on its way.
      const late = sleep(this.#options.clock, ANSWER_MS, signal);
      if (first === undefined) continue;
      const came = await Promise.race([coming, late]);
      if (came !== undefined) return came;
      throw new LedgerError("remote_away", `${this.address} does not send event ${first.id}`);
    }
  }

  async #assertNetwork(signal: AbortSignal): Promise<void> {
    const { network, node } = this.#options;
    const text = await textOf(node, "/version", signal);
    const version = versionForm.safeParse(jsonOf(text));
    if (!version.success) throw invalid("it does not say its version");
    const { network: name, genesis_block_hash: genesis } = version.data;
    const { blockHash } = network.genesis;
    if (name === network.name && (genesis ?? blockHash) === blockHash) return;
    throw new LedgerError(
      "network_differs",
      `${this.address} is of the network ${name} with the genesis ${genesis}, and this one is of ` +
        `${network.name} with ${blockHash}`,
    );
  }

  /** Asserts that the node keeps events: it is away with the reason until it is started so. */
  async #assertQueue(signal: AbortSignal): Promise<void> {
    const { status, body } = await this.#options.node.ask("/event?size=1", {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    await body?.cancel();
    if (status !== 404) return;
    throw new LedgerError(
      "remote_refused",
      `${this.address} has no queue of events: start it with --enable-event-queue`,
    );
  }

  /** Asserts that the node has all that is here. */
  async #assertHas(last: number, signal: AbortSignal): Promise<void> {
    const { latest } = await this.#events(last - 1, signal);
    if (latest >= last) return;
    throw new LedgerError(
      "remote_new_life",
      `${this.address} has events up to ${latest}, and there are some up to ${last} here: what is ` +
        "here stays. Reset what follows it to begin anew",
    );
  }

  async #events(after: number, signal: AbortSignal) {
    const from = after < 0 ? "" : `&last_ack_event_id=${after}`;
    return readEventAnswer(await textOf(this.#options.node, `/event?size=1${from}`, signal));
  }

  #lifeOf({ peerId, streamId, network: name }: EventMessage): string {
    const { network } = this.#options;
    if (name !== network.name) throw invalid(`its events are of the network ${name}`);
    const life: FollowedLife = { peerId, streamId, genesis: network.genesis.blockHash };
    return lifeText(life);
  }
}

/** What an event is held to that is here already. */
function markOf({ id, type, timestampText: timestamp, data, group }: ToldEvent): string {
  return nodeEventText({ id, type, timestamp, data, groupId: `${group ?? null}` });
}

async function textOf(node: RemoteNode, path: string, signal: AbortSignal): Promise<string> {
  const response = await node.get(path, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]));
  return await textOfAnswer(response, ANSWER_BYTES);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(message: string): LedgerError {
  return new LedgerError("remote_invalid", `the node that is followed: ${message}`);
}
