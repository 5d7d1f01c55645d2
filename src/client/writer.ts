import type { StreamConnection } from "./connection.ts";
import type { Connector } from "./connector.ts";
import { StreamError } from "./errors.ts";
import { readServerMessage, type ServerMessage } from "./wire.ts";

/**
 * The answer to an append.
 *
 * @example Reading what follows an append
 * ```ts
 * import { type Appended, StreamClient } from "@ledgerline/client";
 *
 * const orders = new StreamClient("http://localhost:8000/v1/stream/orders");
 * const { offset }: Appended = await orders.append({ item: "tea", count: 3 });
 * await orders.append({ item: "milk", count: 1 });
 * for await (const { data } of orders.read({ offset })) console.log(data);
 * await orders.close();
 * ```
 */
export interface Appended {
  /** The stream's end right after it, which appends of the same batch share. */
  readonly offset: string;
}

/**
 * Who appends. The server keeps the sequence numbers of each producer, so that an append that is
 * sent again is written once.
 *
 * @example Keeping a former self out
 * ```ts
 * import { type Producer, StreamClient } from "@ledgerline/client";
 *
 * const url = "http://localhost:8000/v1/stream/readings";
 * const life = (epoch: number): Producer => ({ id: "sensor-7", epoch });
 * const former = new StreamClient<number>(url, { producer: life(0) });
 * await former.append(20.5);
 * const later = new StreamClient<number>(url, { producer: life(1) });
 * await later.append(21);
 * await former.append(20).catch(({ code }) => console.log(code)); // producer_fenced
 * await later.close();
 * ```
 */
export interface Producer {
  /** Names the writer in this stream; up to 256 characters. */
  readonly id: string;
  /**
   * Counts the writer's lives, from 0. Whoever comes back under the same id takes the next: what a
   * former self still has under way is refused then (`producer_fenced`).
   */
  readonly epoch: number;
}

/**
 * What an append depends on: it is refused where a stream ends elsewhere by then
 * (`offset_mismatch`, `elsewhere_mismatch`; {@linkcode StreamError.offset} tells where).
 *
 * @example One of two, and never both
 * ```ts
 * import { type Conditions, StreamClient } from "@ledgerline/client";
 *
 * const base = "http://localhost:8000/v1/stream";
 * const orders = new StreamClient<{ item: string }>(`${base}/orders`);
 * const limits = new StreamClient<number>(`${base}/numbers`);
 * const { offset } = await limits.append(10);
 * const conditions: Conditions = { elsewhere: { numbers: offset } };
 * await orders.append({ item: "only while the limit is that" }, conditions);
 * await orders.close();
 * await limits.close();
 * ```
 */
export interface Conditions {
  /** The offset at which the stream has to end; `-1` where it has to be empty. */
  readonly after?: string | undefined;
  /** The same of up to 8 other streams, or chains of ledgers, by their names. */
  readonly elsewhere?: Readonly<Record<string, string>> | undefined;
}

/** What one append carries: messages in JSON, one message of bytes, or the close of the stream. */
type Payload = { readonly values: readonly string[] } | { readonly bytes: Uint8Array } | "close";

interface Entry {
  readonly payload: Payload;
  readonly conditions: Conditions | undefined;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** UTF-16 units of one message: the server takes 64 Ki, and a head comes before the data. */
const MESSAGE_CHARS = 60_000;

/** Milliseconds that an answer may take before the append is sent again. */
const ANSWER_MS = 20_000;

/** Milliseconds without anything to write after which the socket is given up. */
const IDLE_MS = 5_000;

/** Whether a refusal leaves the outcome unknown, so that the append is sent again. */
function isUnknown(status: number): boolean {
  return status >= 500 && status !== 507;
}

/**
 * Appends to a stream exactly once: one message is on its way at a time, what waits meanwhile goes
 * together in the next, and one without an answer is sent again under the same sequence number.
 */
export class Writer {
  readonly #connector: Connector;
  readonly #producer: Producer;
  readonly #signal: AbortSignal;
  readonly #waiting: Entry[] = [];
  #seq = 0;
  #connection: StreamConnection | undefined;
  #running: Promise<void> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #failure: unknown;

  constructor(connector: Connector, producer: Producer, signal: AbortSignal) {
    this.#connector = connector;
    this.#producer = producer;
    this.#signal = signal;
  }

  /** Appends, all or none. Resolves when it is durable; rejects with what refuses it. */
  append(payload: Payload, conditions?: Conditions): Promise<Appended> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (sizeOf(payload) > MESSAGE_CHARS) {
      const text = `A message holds ${MESSAGE_CHARS} characters: append larger ones by POST`;
      return Promise.reject(new StreamError("too_large", text, 413));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ payload, conditions, resolve, reject });
      clearTimeout(this.#idle);
      this.#running ??= this.#run();
    });
  }

  /** Waits until every append is answered, and closes the socket. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#giveUp();
  }

  async #run(): Promise<void> {
    // A turn later, so that whatever is appended in this one goes together.
    await Promise.resolve();
    let batch: Entry[] = [];
    try {
      while ((batch = this.#take()).length > 0) await this.#write(batch);
      this.#idle = setTimeout(() => this.#giveUp(), IDLE_MS);
    } catch (error) {
      this.#failure = error;
      for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(error);
      this.#giveUp();
    } finally {
      // In the turn that saw nothing wait: an append of any later turn begins a new run.
      this.#running = undefined;
    }
  }

  /** The next entries that go together: values of JSON up to a full message, else one. */
  #take(): Entry[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    let size = 0;
    let count = 0;
    for (const { payload, conditions } of this.#waiting) {
      const isAlone = payload === "close" || "bytes" in payload || conditions !== undefined;
      size += sizeOf(payload);
      if (count > 0 && (isAlone || size > MESSAGE_CHARS)) break;
      count++;
      if (isAlone) break;
    }
    return this.#waiting.splice(0, count);
  }

  /** Sends a batch until it is answered. Throws what ends the writer for good. */
  async #write(batch: readonly Entry[]): Promise<void> {
    const seq = this.#seq;
    const [{ conditions } = {}] = batch;
    const message = messageOf(
      { ...this.#producer, seq },
      batch.map(({ payload }) => payload),
      conditions,
    );
    for (;;) {
      const connection = await this.#connect();
      connection.send(message);
      const answer = await this.#answerTo(connection, seq);
      if (answer === undefined) continue;
      this.#connector.succeeded();
      if (answer.type === "appended") {
        this.#seq++;
        for (const { resolve } of batch) resolve({ offset: answer.offset });
        return;
      }
      const { status, code, message: text, stream, offset } = answer;
      if (isUnknown(status)) {
        this.#leave({ code: 1013, reason: text });
        continue;
      }
      const error = new StreamError(code, text, status, undefined, { stream, offset });
      // A gap in the sequence, or a later epoch of this producer: no append can succeed any more.
      if (code.startsWith("producer_")) {
        this.#failure = error;
        throw rejected(batch, error);
      }
      rejected(batch, error);
      return;
    }
  }

  async #connect(): Promise<StreamConnection> {
    if (this.#connection?.isOver !== false) {
      this.#connection = await this.#connector.connect(new URLSearchParams({ offset: "none" }));
    }
    return this.#connection;
  }

  /** The answer to an append; undefined when the connection ended without one. */
  async #answerTo(
    connection: StreamConnection,
    seq: number,
  ): Promise<Extract<ServerMessage, { type: "appended" | "refused" }> | undefined> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      connection.close();
    }, ANSWER_MS);
    try {
      for (;;) {
        const next = await connection.next(this.#signal);
        if (typeof next !== "string") {
          this.#leave(isLate ? { code: 1006, reason: "no answer came" } : next);
          return undefined;
        }
        const message = readServerMessage(next);
        const isAnswer = message?.type === "appended" || message?.type === "refused";
        if (isAnswer && message.ref === seq) return message;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives the connection up and has the next one wait. Throws where it ended for good. */
  #leave(ended: { readonly code: number; readonly reason: string }): void {
    this.#giveUp();
    this.#connector.ended(ended);
  }

  #giveUp(): void {
    clearTimeout(this.#idle);
    this.#connection?.close();
    this.#connection = undefined;
  }
}

function rejected(batch: readonly Entry[], error: StreamError): StreamError {
  for (const { reject } of batch) reject(error);
  return error;
}

function sizeOf(payload: Payload): number {
  if (payload === "close") return 0;
  if ("bytes" in payload) return payload.bytes.length;
  return payload.values.reduce((sum, value) => sum + value.length + 1, 0);
}

/** The message of an append: a line of JSON, the head, and after it the data as it is. */
function messageOf(
  producer: Producer & { readonly seq: number },
  payloads: readonly Payload[],
  conditions: Conditions | undefined,
): string | Uint8Array<ArrayBuffer> {
  const head = { type: "append", ref: producer.seq, producer, ...conditions };
  const [first] = payloads;
  if (first === "close") return JSON.stringify({ ...head, close: true });
  const line = `${JSON.stringify(head)}\n`;
  if (first !== undefined && "bytes" in first) {
    const start = new TextEncoder().encode(line);
    const message = new Uint8Array(start.length + first.bytes.length);
    message.set(start);
    message.set(first.bytes, start.length);
    return message;
  }
  const values = payloads.flatMap((payload) =>
    typeof payload === "object" && "values" in payload ? payload.values : []
  );
  return `${line}[${values.join(",")}]`;
}
