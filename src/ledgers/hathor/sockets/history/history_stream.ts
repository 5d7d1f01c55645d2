import { writeRestJson } from "../../../../python/json_write.ts";
import type { Progress, Source } from "../../../../sockets/source.ts";
import { type Frames, oneFrame } from "../../../../sockets/frames.ts";
import type { Sink } from "../../../../sockets/transport.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import type { HistoryEntry, TimedHash } from "../../queries/lists.ts";
import type { AddressSource, WalletAddress } from "./addresses.ts";
import { Pace } from "../../../../kernel/turn.ts";
import { HistoryRefusal } from "./request.ts";

/** What a stream is made of. */
export interface HistoryStreamOptions {
  readonly queries: NodeQueries;
  readonly id: string;
  readonly addresses: AddressSource;
  /** Addresses without history in a row, after which no more are looked at. */
  readonly gapLimit: number;
  readonly window: number | undefined;
  /** Subscribes an address, before its history is read; says what is against it. */
  readonly subscribe: (address: string) => Promise<string | undefined>;
  readonly wake: () => void;
  /** The stream is closed, with what has gone wrong if anything has. */
  readonly over: (refusal?: HistoryRefusal) => void;
  readonly onClose: (stream: HistoryStream) => void;
}

/** A message: what it is, and what stands behind its `seq`. */
type Message = readonly [name: "begin" | "address" | "vertex" | "end", rest: string];

/** Vertices read at once. */
const PAGE = 64;

/**
 * The history of a wallet as a stream of messages: of each address first that it is subscribed,
 * then its vertices. What it has not sent is in the store.
 */
export class HistoryStream implements Source {
  readonly #options: HistoryStreamOptions;
  #window: number | undefined;
  /** The `seq` of the next message. */
  #next = 0;
  #ack = -1;
  /** Messages that are ready, and how many of them are sent. */
  #ready: Frames;
  #sent = 0;
  /** Whether they wait for the window: the first message and the last are sent whatever it is. */
  #isHeld = false;
  /** The address whose history is read, and the last vertex of it that was. */
  #reading: { readonly address: string; readonly last: TimedHash | undefined } | undefined;
  #gap = 0;
  /** Addresses that were told: what one that comes again has, the client has got. */
  readonly #told = new Set<string>();
  readonly #turns = Pace.ofSteps();
  #isFinished = false;
  #end: number | undefined;
  #isOver = false;

  constructor(options: HistoryStreamOptions) {
    this.#options = options;
    this.#window = options.window;
    this.#ready = oneFrame(this.#text(["begin", `,"window_size":${options.window ?? null}`], 0));
  }

  get id(): string {
    return this.#options.id;
  }

  /** Where it is, for the words of a close. */
  get offset(): string {
    return `${this.#next}`;
  }

  /** More addresses may be there. */
  wake(): void {
    this.#options.wake();
  }

  /**
   * Takes an acknowledgement of everything up to `ack`, and another window where given. The end's
   * own closes the stream. Throws a refusal that closes it, too.
   */
  acknowledge(ack: number | undefined, window: number | undefined): void {
    if (ack !== undefined) {
      if (ack < this.#ack) {
        throw new HistoryRefusal(`Outdated ACK received (ack=${ack})`, true);
      }
      if (ack >= this.#next) {
        const text = `Received ACK is higher than the last sent message (ack=${ack})`;
        throw new HistoryRefusal(text, true);
      }
      this.#ack = ack;
    }
    if (window !== undefined) this.#window = window < 0 ? undefined : window;
    if (this.#ack === this.#end) this.#options.over();
    else this.#options.wake();
  }

  send(sink: Sink, highWater: number): Progress {
    while (!this.#isOver && this.#end === undefined) {
      if (sink.buffered >= highWater) return "full";
      const { length } = this.#ready.texts;
      if (this.#sent < length) {
        const to = Math.min(length, this.#sent + this.#room);
        if (to <= this.#sent) break;
        const reached = sink.sendFrames(this.#ready, this.#sent, to);
        this.#next += reached - this.#sent;
        this.#sent = reached;
        if (reached < to) return "full";
        if (this.#isFinished) this.#end = this.#next - 1;
        continue;
      }
      const made = this.#make();
      if (made === undefined) break;
      // All that is read may be in memory, and then nobody else would have a turn before the end.
      return made.then(() => this.#turns.give());
    }
    return "caught_up";
  }

  release(): void {}

  close(): void {
    this.#isOver = true;
    this.#options.addresses.close?.();
    this.#options.onClose(this);
  }

  /** Messages that the window lets through. */
  get #room(): number {
    if (!this.#isHeld || this.#window === undefined) return Infinity;
    return this.#ack + this.#window + 1 - this.#next;
  }

  #text([name, rest]: Message, seq: number): string {
    return `{"type":"stream:history:${name}","id":${JSON.stringify(this.id)},"seq":${seq}${rest}}`;
  }

  /** Makes the next messages; undefined when there are none before the client tells more. */
  #make(): Promise<void> | undefined {
    if (this.#reading !== undefined) return this.#readOn(this.#reading);
    // As in the original the first address without history ends it where the limit is none at all.
    if (this.#gap >= Math.max(1, this.#options.gapLimit)) return this.#finish();
    const next = this.#options.addresses.next();
    return next instanceof Promise ? next.then((address) => this.#goOn(address)) : this.#goOn(next);
  }

  #goOn(next: WalletAddress | "end" | "wait"): Promise<void> | undefined {
    if (next === "wait") return undefined;
    if (next === "end") return this.#finish();
    return this.#begin(next.index, next.address);
  }

  #finish(): Promise<void> {
    this.#prepare([["end", ""]]);
    this.#isHeld = false;
    this.#isFinished = true;
    return Promise.resolve();
  }

  async #begin(index: number, address: string): Promise<void> {
    const { subscribe, over } = this.#options;
    // First, so that whatever its history does not have yet is told as it happens.
    const refusal = await subscribe(address);
    if (refusal !== undefined) {
      return over(new HistoryRefusal(`Address subscription failed: ${refusal}`, true));
    }
    const told = { index, address, subscribed: true };
    this.#prepare([["address", `,${JSON.stringify(told).slice(1, -1)}`]]);
    if (!this.#told.has(address)) this.#reading = { address, last: undefined };
    this.#told.add(address);
  }

  async #readOn(
    { address, last }: { readonly address: string; readonly last: TimedHash | undefined },
  ): Promise<void> {
    const { queries } = this.#options;
    const found = await queries.addressHistory(address, PAGE, last);
    const fresh = found.filter(({ hash }) => hash !== last?.hash);
    const messages = await Promise.all(fresh.map((entry) => this.#vertexMessage(entry)));
    this.#prepare(messages.filter((message) => message !== undefined));
    if (last === undefined) this.#gap = fresh.length === 0 ? this.#gap + 1 : 0;
    const isAll = found.length < PAGE;
    this.#reading = isAll ? undefined : { address, last: found.at(-1) };
  }

  /** Undefined for a vertex that was removed meanwhile. */
  async #vertexMessage({ hash, number }: HistoryEntry): Promise<Message | undefined> {
    const { queries } = this.#options;
    const view = await queries.vertex(hash, number);
    if (view === undefined) return undefined;
    return ["vertex", `,"data":${writeRestJson(await queries.history(view))}`];
  }

  /** What is ready is sent before anything more is made, so each has its `seq` already. */
  #prepare(messages: readonly Message[]): void {
    const seq = this.#next;
    this.#ready = { texts: messages.map((message, at) => this.#text(message, seq + at)) };
    this.#sent = 0;
    this.#isHeld = true;
  }
}
