import { LedgerError, messageOf } from "../../kernel/errors.ts";
import type { Bell } from "../../log/bell.ts";
import type { HeadListener } from "../../log/doorbell.ts";
import type { Head } from "../../log/head.ts";
import { exchangeOf } from "../../sockets/exchange.ts";
import { isLarge } from "../../web/large_bodies.ts";
import type { Owner } from "../../web/owner.ts";
import { respond } from "../../web/whole_response.ts";
import { rawOfHeaders } from "../edge/edge_headers.ts";
import { Bodies } from "./bodies.ts";
import { type AnswerParts, errorOf, EVERY_CHAIN, type ToFront, type ToOwner } from "./messages.ts";
import { type Mailbox, Outbox, ownBytes } from "./outbox.ts";

/** Requests that may be with the owner, and bytes of their bodies; the others wait, those of small bodies with them. */
const MOST_HANDED = 2_048;
const MOST_BYTES = 16 * 1024 * 1024;

/** What a front does with commits. */
export interface Commits {
  take(chain: string, head: Head, records: readonly Uint8Array[]): void | Promise<void>;
  /** Commits of a chain are told of from now on: what was committed before is in the store. */
  head(chain: string): Promise<Head | undefined>;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Where a request came to, and what for. */
export interface Arrival {
  readonly app: string;
  readonly address: string;
  readonly isForeign: boolean;
  readonly isAdmitted: boolean;
}

/** A front's way to the owner of the log. */
export class OwnerLink implements Owner, Bell {
  readonly #outbox: Outbox<ToOwner>;
  readonly #bodies: Bodies;
  readonly #sent: Int32Array;
  readonly #column: number;
  /** Commits that were taken, of those that were sent. */
  #taken = 0;
  /** Commits that are not through yet though they were taken. */
  readonly #unfinished = new Set<Promise<void>>();
  #whenTaken: (() => void)[] = [];
  #commits: Commits | undefined;
  #id = 0;
  readonly #answers = new Map<number, Waiting<AnswerParts>>();
  readonly #results = new Map<number, Waiting<unknown>>();
  readonly #surveys = new Map<string, (input: unknown) => unknown>();
  readonly #listeners = new Map<string, HeadListener>();
  #handed = 0;
  #handedBytes = 0;
  readonly #queue: (() => void)[] = [];

  constructor(
    mailbox: Mailbox,
    { sent, column }: { readonly sent: SharedArrayBuffer; readonly column: number },
  ) {
    this.#outbox = new Outbox(mailbox, "turn", (message, error) => {
      if ("id" in message) this.#fail(message.id, new Error(messageOf(error)));
    });
    this.#bodies = new Bodies((message, owned) => this.#outbox.push(message, owned));
    this.#sent = new Int32Array(sent);
    this.#column = column;
  }

  /** Takes commits from now on. */
  serves(commits: Commits): void {
    this.#commits = commits;
  }

  say(message: ToOwner): void {
    this.#outbox.push(message);
  }

  /**
   * Resolves when all is taken that anybody may have been told of before this call, by whichever
   * thread; undefined where it is.
   */
  behind(): Promise<void> | undefined {
    const sent = Atomics.load(this.#sent, this.#column);
    if (sent === this.#taken && this.#unfinished.size === 0) return undefined;
    return this.#caughtUp(sent);
  }

  async #caughtUp(sent: number): Promise<void> {
    // The count goes around, in years.
    while ((sent - this.#taken | 0) > 0) {
      await new Promise<void>((resolve) => this.#whenTaken.push(resolve));
    }
    await Promise.all(this.#unfinished);
  }

  /** Hands a request over; see {@linkcode HandOver}. */
  async handOver(request: Request, arrival: Arrival): Promise<Response> {
    const { headers, method } = request;
    const announced = Number(headers.get("content-length") ?? NaN);
    // A large one waits for others where it is worked on, and whoever sends it slowly holds up nobody.
    const isAhead = arrival.isAdmitted && announced > 0 && !isLarge(announced);
    let body: Uint8Array<ArrayBuffer> | "streamed" | undefined;
    if (isAhead) body = ownBytes(await request.bytes());
    const bytes = isAhead ? announced : 0;
    await this.#room(bytes);
    const id = this.#id++;
    // An answer may be streamed while the request still is.
    let isOver = true;
    try {
      if (!isAhead && announced !== 0 && request.body !== null) {
        body = "streamed";
        // A `Request` types its bytes so as well.
        this.#bodies.offer(id, request.body.getReader());
      }
      const { app, address, isForeign } = arrival;
      const parts = { app, method, url: request.url, headers: rawOfHeaders(headers) };
      const answered = new Promise<AnswerParts>((resolve, reject) => {
        this.#answers.set(id, { resolve, reject });
      });
      this.#outbox.push(
        { kind: "request", id, request: { ...parts, body, address, isForeign } },
        body === "streamed" ? undefined : body,
      );
      exchangeOf(request)?.whenLeft?.(() => {
        if (this.#answers.has(id)) this.#outbox.push({ kind: "gone", id });
      });
      const { isStreamed, ...answer } = await answered;
      if (!isStreamed) return respond(answer.body, answer);
      isOver = false;
      const first = answer.body instanceof Uint8Array ? answer.body : undefined;
      const rest = this.#bodies.incoming(id, first, () => this.#bodies.withdraw(id));
      return new Response(rest, answer);
    } finally {
      if (isOver) this.#bodies.withdraw(id);
      this.#answers.delete(id);
      this.#leave(bytes);
    }
  }

  task<I, O>(name: string): (input: I) => Promise<O> {
    // The owner has declared it by the same code.
    return async (input) => await this.#ask((id) => ({ kind: "task", id, name, input })) as O;
  }

  survey<T, I = void>(
    name: string,
    own: (input: I) => T | Promise<T>,
  ): (input: I) => Promise<readonly T[]> {
    // Whoever asks has declared it by the same code, with the same input.
    this.#surveys.set(name, (input) => own(input as I));
    return async (input) =>
      await this.#ask((id) => ({ kind: "survey", id, name, input })) as readonly T[];
  }

  listen(chain: string, listener: HeadListener): void {
    this.#listeners.set(chain, listener);
    this.#outbox.push({ kind: "listen", chain });
  }

  silence(chain: string): void {
    if (this.#listeners.delete(chain)) this.#outbox.push({ kind: "silence", chain });
  }

  every(isWanted: boolean): void {
    this.#outbox.push({ kind: isWanted ? "listen" : "silence", chain: EVERY_CHAIN });
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }

  /** Takes what the owner has said. */
  take(messages: readonly ToFront[]): void {
    for (const message of messages) this.#take(message);
    const waiting = this.#whenTaken;
    this.#whenTaken = [];
    for (const resolve of waiting) resolve();
  }

  #take(message: ToFront): void {
    switch (message.kind) {
      case "answer":
        return this.#answers.get(message.id)?.resolve(message.answer);
      case "commit":
        return this.#commit(message.chain, message.head, message.records);
      case "result":
        this.#results.get(message.id)?.resolve(message.value);
        return void this.#results.delete(message.id);
      case "failure":
        return this.#fail(message.id, errorOf(message.error));
      case "part":
      case "pull":
      case "stop":
        return this.#bodies.take(message);
      case "ask":
        return void this.#tell(message.id, message.name, message.input);
      case "listening":
        if (message.chain !== EVERY_CHAIN) void this.#ringOnce(message.chain);
        return;
      case "ring":
        return this.#listeners.get(message.chain)?.ring(message.head, message.source);
      case "silent": {
        const error = errorOf(message.error);
        if (error instanceof LedgerError) this.#listeners.get(message.chain)?.fail(error);
      }
    }
  }

  #fail(id: number, error: Error): void {
    this.#results.get(id)?.reject(error);
    this.#results.delete(id);
    this.#answers.get(id)?.reject(error);
  }

  #commit(chain: string, head: Head, records: readonly Uint8Array[]): void {
    this.#taken = this.#taken + 1 | 0;
    const taking = this.#commits?.take(chain, head, records);
    if (!(taking instanceof Promise)) return;
    const finished: Promise<void> = taking.catch(() => {}).then(() =>
      void this.#unfinished.delete(finished)
    );
    this.#unfinished.add(finished);
  }

  /** Tells of what was committed before the owner tells of commits. */
  async #ringOnce(chain: string): Promise<void> {
    try {
      const head = await this.#commits?.head(chain);
      if (head !== undefined) this.#listeners.get(chain)?.ring(head, "poll");
    } catch {
      // Whoever listens has read it as well, and says so.
    }
  }

  async #tell(id: number, name: string, input: unknown): Promise<void> {
    const own = this.#surveys.get(name);
    const value = await Promise.resolve(input).then(own).catch(() => undefined);
    this.#outbox.push({ kind: "told", id, value });
  }

  #ask(message: (id: number) => ToOwner): Promise<unknown> {
    const id = this.#id++;
    return new Promise((resolve, reject) => {
      this.#results.set(id, { resolve, reject });
      this.#outbox.push(message(id));
    });
  }

  async #room(bytes: number): Promise<void> {
    while (this.#handed >= MOST_HANDED || this.#handedBytes + bytes > MOST_BYTES) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#handed++;
    this.#handedBytes += bytes;
  }

  #leave(bytes: number): void {
    this.#handed--;
    this.#handedBytes -= bytes;
    this.#queue.shift()?.();
  }
}
