import { getLogger } from "@logtape/logtape";
import { type MessagePort as NodePort, Worker } from "node:worker_threads";
import { getHeapStatistics } from "node:v8";
import { type Clock, sleep, systemClock } from "../../kernel/clock.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import type { Desk } from "./desk.ts";
import type { FrontStart, ToFront, ToOwner } from "./messages.ts";
import { clearColumn } from "./shared_counts.ts";
import { FrontSeat, type SeatEvents } from "./seat.ts";

const logger = getLogger(["ledgerline", "threads"]);

/** The module that a front begins with. */
export const FRONT_MODULE = new URL("../front_worker.ts", import.meta.url);

/** Milliseconds between two looks at all fronts, and how many find one silent before it is ended. */
const LOOK_MS = 500;
const SILENT_LOOKS = 8;

/** Milliseconds that a front has to be up before the next may be begun at once. */
const SHORT_MS = 5_000;
const AGAIN_MS = 1_000;

/** Columns for each front: one that hangs keeps its own until the process ends. */
const COLUMNS_PER_FRONT = 8;

/** How many columns the counts of so many fronts have. */
export function columnsFor(threads: number): number {
  return threads * COLUMNS_PER_FRONT;
}

/** Megabytes of heap that a front may have: as much as this thread, shared among them. */
function heapMegabytes(threads: number): number {
  const own = getHeapStatistics().heap_size_limit / (1024 * 1024);
  return Math.max(512, Math.floor(own / threads));
}

/** A front, from its thread's beginning to its end. */
interface Front {
  readonly worker: Worker;
  readonly mailbox: MessagePort;
  readonly column: number;
  readonly seat: FrontSeat;
  readonly listens: Promise<void>;
  readonly drained: Promise<boolean>;
  readonly begunAt: number;
  beat: number;
  silent: number;
}

/** What is done with what any front tells: lines of its log, and damage of the store. */
export interface FrontsEvents extends Pick<SeatEvents, "log" | "damaged"> {
  /** One of them hangs, and gets connections that nobody serves. */
  hangs(): void;
}

/** What fronts are begun with, but for the column of each. */
export type FrontsStart = Omit<FrontStart, "column">;

/**
 * The threads that have the connections: begins them, looks after them, and replaces those that end
 * or hang. Throws `config_invalid` where the first of them cannot listen.
 */
export class Fronts {
  readonly #desk: Desk;
  readonly #module: URL;
  readonly #told: FrontsEvents;
  readonly #threads: number;
  readonly #clock: Clock = systemClock;
  readonly #fronts = new Set<Front>();
  readonly #free: number[];
  /** Threads that have begun to load the program, and wait. */
  #loaded: Worker[];
  #start: FrontsStart | undefined;
  #isStopping = false;
  #hung = 0;
  #lookedAt = 0;
  #cancelLook: (() => void) | undefined;

  /**
   * Begins to load the program on so many threads, and passes on what they tell. Throws where the program's own files may not be read.
   */
  constructor(desk: Desk, threads: number, module: URL, told: FrontsEvents) {
    this.#told = told;
    this.#module = module;
    this.#desk = desk;
    this.#threads = threads;
    this.#free = Array.from({ length: columnsFor(threads) }, (_, column) => column);
    this.#loaded = Array.from({ length: threads }, () => this.#load());
  }

  /** "ok", or what keeps clients from being served. */
  get state(): string {
    const serving = [...this.#fronts].filter(({ seat }) => seat.isServing).length;
    return serving === this.#threads ? "ok" : `${serving} of ${this.#threads} threads serve`;
  }

  /** Begins to serve; resolves when all fronts listen. */
  async serve(start: FrontsStart): Promise<void> {
    this.#start = start;
    const loaded = this.#loaded;
    this.#loaded = [];
    await Promise.all(loaded.map((worker) => this.#begin(worker, start).listens));
    this.#lookedAt = performance.now();
    this.#lookLater();
  }

  /** Ends all connections in order; resolves with whether none had to be cut. */
  async drain(): Promise<boolean> {
    this.#isStopping = true;
    this.#cancelLook?.();
    const fronts = [...this.#fronts];
    for (const { seat } of fronts) seat.say({ kind: "drain" });
    return (await Promise.all(fronts.map(({ drained }) => drained))).every((isOrderly) =>
      isOrderly
    );
  }

  /** Ends all threads. */
  cut(): void {
    this.#isStopping = true;
    this.#cancelLook?.();
    for (const worker of this.#loaded) void worker.terminate();
    for (const { worker, mailbox, seat } of this.#fronts) {
      seat.gone();
      mailbox.close();
      void worker.terminate();
    }
    this.#fronts.clear();
  }

  #load(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: heapMegabytes(this.#threads) };
    return new Worker(this.#module, { resourceLimits });
  }

  #begin(worker: Worker, start: FrontsStart): Front {
    const column = this.#free.shift();
    // It can only be begun anew with all that it has.
    if (column === undefined) throw new Error("too many threads have hung");
    const { memory } = start;
    const listens = Promise.withResolvers<void>();
    const drained = Promise.withResolvers<boolean>();
    const place = { sent: memory.sent, column };
    const { port1: mailbox, port2: theirs } = new MessageChannel();
    // The types of Node's threads know only ports of their own.
    const sent: unknown = theirs;
    worker.postMessage(sent, [sent as NodePort]);
    const seat: FrontSeat = new FrontSeat(mailbox, this.#desk, {
      listens: listens.resolve,
      failed: listens.reject,
      drained: drained.resolve,
      ...this.#told,
    }, place);
    const front: Front = {
      worker,
      mailbox,
      column,
      seat,
      listens: listens.promise,
      drained: drained.promise,
      begunAt: performance.now(),
      beat: 0,
      silent: 0,
    };
    const ended = (why: string) => {
      listens.reject(new LedgerError("config_invalid", why));
      drained.resolve(false);
      this.#ended(front, why);
    };
    mailbox.onmessage = ({ data }: MessageEvent<readonly ToOwner[]>) => seat.take(data);
    worker.on("error", (error: unknown) => ended(messageOf(error)));
    worker.on("exit", () => ended("it has ended"));
    this.#fronts.add(front);
    this.#desk.seat(seat);
    const begin: ToFront = { kind: "begin", start: { ...start, column } };
    seat.say(begin);
    return front;
  }

  /** A front has ended by itself: what it had is given back, and another takes its place. */
  #ended(front: Front, why: string): void {
    if (!this.#fronts.delete(front)) return;
    front.seat.gone();
    front.mailbox.close();
    this.#clear(front.column);
    this.#free.push(front.column);
    if (this.#isStopping) return;
    logger.error("a thread is replaced: {why}", { why });
    void this.#replace(front);
  }

  #clear(column: number): void {
    const memory = this.#start?.memory;
    if (memory === undefined) return;
    clearColumn(memory.connections, column);
    clearColumn(memory.places, column);
  }

  async #replace({ begunAt }: Front): Promise<void> {
    if (performance.now() - begunAt < SHORT_MS) await sleep(this.#clock, AGAIN_MS);
    const start = this.#start;
    if (this.#isStopping || start === undefined) return;
    const front = this.#begin(this.#load(), start);
    // If it fails it ends, or stays without a listener and is silent.
    await front.listens.then(() => {
      if (this.#hung > 0) front.seat.say({ kind: "widen" });
    }, (error) => {
      logger.error("a thread cannot serve: {error}", { error: messageOf(error) });
      void front.worker.terminate();
    });
  }

  #lookLater(): void {
    this.#cancelLook = this.#clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const now = performance.now();
    // Where this thread was not served either, nobody can be blamed.
    const isLate = now - this.#lookedAt > 2 * LOOK_MS;
    this.#lookedAt = now;
    const beats = new Int32Array(this.#start?.memory.beats ?? new SharedArrayBuffer(0));
    for (const front of [...this.#fronts]) {
      const beat = Atomics.load(beats, front.column);
      const isSilent = front.seat.isServing && beat === front.beat && !isLate;
      front.beat = beat;
      front.silent = isSilent ? front.silent + 1 : 0;
      if (front.silent >= SILENT_LOOKS) this.#hangs(front);
    }
    this.#lookLater();
  }

  /**
   * Gives a front up that hangs. The runtime ends its thread when its turn is over, and its listeners
   * with it: until then the system goes on giving them connections, so the others listen more often.
   */
  #hangs(front: Front): void {
    logger.error("a thread hangs and is replaced");
    this.#hung++;
    this.#fronts.delete(front);
    front.seat.gone();
    front.mailbox.close();
    void front.worker.terminate();
    // Its column is not used again: it may count on, whenever its turn ends.
    this.#clear(front.column);
    for (const { seat } of this.#fronts) seat.say({ kind: "widen" });
    this.#told.hangs();
    void this.#replace({ ...front, begunAt: -Infinity });
  }
}
