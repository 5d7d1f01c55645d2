import { getLogger } from "@logtape/logtape";
import { backoffMs } from "../../../kernel/backoff.ts";
import { sleep } from "../../../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../../../kernel/errors.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import type { HathorNode } from "../intake/node.ts";
import { EventType, readVertexEvent } from "../rows/events.ts";
import { type BlockPlace, numberRow, removedRow } from "../rows/rows.ts";
import { inputsOf, type Vertex } from "../vertex/vertex.ts";
import type { Place } from "./book.ts";
import { BlockWindow } from "./block_window.ts";
import { type Change, standingOf } from "./standing.ts";
import type { Moment, Paid, Standing, WatchedOutput } from "./tell.ts";
import { type Watched, WatchIndex } from "./watched.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** What the readers of one network's deposits share. */
export interface ReaderParts {
  readonly node: HathorNode;
  readonly stopped: AbortSignal;
  /** Tells a subscription what has become of payments; resolves once that is durable. */
  tell(watched: Watched, moment: Moment, paid: readonly Paid[]): Promise<void>;
}

/** Events that are read in one turn of the event loop. */
const EVENTS_PER_LOOK = 16;

/** Payments that are told of in one commit. */
const PAYMENTS_AT_ONCE = 400;

/**
 * Reads a network's log for the subscriptions that it is given, and has each told of what it
 * watches. All events of one vertex are taken together, the last of which is NEW_VERTEX_ACCEPTED:
 * in between the graph is in no state that counts.
 */
export class DepositReader {
  readonly index: WatchIndex;
  readonly #parts: ReaderParts;
  readonly #window = new BlockWindow();
  readonly #began: number;
  readonly #ended = new AbortController();
  readonly #onPlace: (reader: DepositReader, isCaughtUp: boolean) => void | Promise<void>;
  /** Lets others in, while much has changed. */
  readonly #turns = Pace.ofSteps();
  #changes = new Map<string, Change>();
  #best: BlockPlace | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Where the events of the next vertex begin. */
  next: number;
  /** The offset after the last event that was read. */
  read: number;

  /**
   * @param from where to begin: where the events of a vertex begin
   * @param onPlace called after each vertex, and where there are no more events
   */
  constructor(
    parts: ReaderParts,
    from: number,
    onPlace: (reader: DepositReader, isCaughtUp: boolean) => void | Promise<void>,
  ) {
    this.#parts = parts;
    this.#began = from;
    this.next = from;
    this.read = from;
    this.#onPlace = onPlace;
    this.index = new WatchIndex(parts.node.network);
  }

  /** How far it is, and where a reader has to begin that goes on with the same. */
  get place(): Place {
    const confirmations = [...this.index.all()].reduce(
      (most, watched) => Math.max(most, watched.confirmations),
      1,
    );
    const from = this.#window.begins(confirmations) ?? this.#began;
    return { at: this.next - 1, from: Math.min(from, this.next) };
  }

  /** Whether it has read events of a vertex, and not the last of them. */
  get isBusy(): boolean {
    return this.#changes.size > 0;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends it; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  /** Ends without being waited for: another goes on with what it has. */
  end(): void {
    this.#ended.abort();
  }

  /** Takes over the subscriptions of a reader that has come to the same place. */
  take(other: DepositReader): void {
    other.end();
    this.index.take(other.index);
    this.#window.take(other.#window);
  }

  async #run(): Promise<void> {
    const { node: { chain, clock }, stopped } = this.#parts;
    const signal = AbortSignal.any([stopped, this.#ended.signal]);
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await this.#follow(signal, () => failures = 0);
      } catch (error) {
        if (signal.aborted || (error instanceof LedgerError && error.code === "closed")) return;
        logger.error("deposits of {chain} cannot be told from event {next} on: {error}", {
          chain: chain.name,
          next: this.next,
          error: messageOf(error),
        });
        // Where the log is damaged nothing comes after that before it is repaired.
        if (isDamage(error)) return;
        await sleep(clock, backoffMs(failures + 6, 10_000, Math.random), signal);
      }
    }
  }

  async #follow(signal: AbortSignal, progressed: () => void): Promise<void> {
    const pace = new Pace(EVENTS_PER_LOOK);
    this.#changes = new Map();
    this.#best = undefined;
    for await (const told of this.#parts.node.chain.followBatches(this.next, signal)) {
      if (told.kind === "caught_up") {
        await this.#onPlace(this, true);
        continue;
      }
      for (let index = told.from; index < told.batch.count; index++) {
        if (signal.aborted) return;
        const turn = pace.spend(1);
        if (turn !== undefined) await turn;
        const event = told.batch.event(index);
        await this.#note(event);
        this.read = event.offset + 1;
        if (event.type !== EventType.newVertex) continue;
        await this.#settle(event.offset);
        progressed();
        await this.#onPlace(this, false);
      }
    }
  }

  /** Notes what an event says of a vertex. */
  async #note(event: PlacedEvent): Promise<void> {
    const { type } = event;
    const isOfVertex = type === EventType.newVertex || type === EventType.metadataChanged ||
      type === EventType.vertexRemoved;
    if (!isOfVertex) return;
    const { hash, metadata, stored, best } = readVertexEvent(event);
    this.#best = best ?? this.#best;
    const known = this.#changes.get(hash);
    const { vertices, rows } = this.#parts.node;
    const { vertex } = stored ?? known ?? await vertices.read(hash, rows);
    if (stored !== undefined) vertices.keep(stored);
    const number = stored === undefined ? known?.number : event.offset;
    this.#changes.set(hash, { vertex, number, metadata });
  }

  /** Tells what the events since the last vertex come to, of which `event` is the last. */
  async #settle(event: number): Promise<void> {
    const before = this.#window.height;
    const height = this.#best?.height ?? before;
    const news = new Map<Watched, Paid[]>();
    for (const change of this.#changes.values()) {
      if (this.#turns.isDueAfter(1)) await this.#turns.give();
      await this.#weigh(change, news);
    }
    const isMoved = height !== undefined && height !== before;
    if (isMoved) await this.#confirm(before, height, news);
    const moment = { event, height };
    await Promise.all([...news].map(([watched, paid]) => this.#tell(watched, moment, paid)));
    if (isMoved) this.#window.reach(height, this.next);
    this.next = event + 1;
    this.#changes = new Map();
    this.#best = undefined;
  }

  /** Finds whom a change is told to. */
  async #weigh(change: Change, news: Map<Watched, Paid[]>): Promise<void> {
    const { vertex } = change;
    if (this.index.matches(vertex).length === 0) return;
    const standing = await standingOf(change, this.#parts.node);
    this.#window.place(vertex.hash, standing.counts ? standing.block : undefined);
    const number = change.number ?? await this.#numberOf(vertex.hash);
    await this.#add(vertex, number, standing, news);
  }

  /** Finds whom it is told to that blocks of the best chain confirm one time more. */
  async #confirm(
    before: number | undefined,
    height: number,
    news: Map<Watched, Paid[]>,
  ): Promise<void> {
    const { vertices, rows } = this.#parts.node;
    const wanted = new Set([...this.index.all()].map(({ confirmations }) => confirmations));
    for (const confirmations of wanted) {
      const last = height - confirmations + 1;
      const first = before === undefined ? 0 : before - confirmations + 2;
      for (const at of this.#window.heights(Math.max(0, first), last)) {
        for (const [tx, hash] of this.#window.at(at)) {
          if (this.#changes.has(tx)) continue;
          if (this.#turns.isDueAfter(1)) await this.#turns.give();
          const { vertex } = await vertices.read(tx, rows);
          const standing = { counts: true, block: { hash, height: at } } as const;
          const isMeant = (watched: Watched) => watched.confirmations === confirmations;
          await this.#add(vertex, await this.#numberOf(tx), standing, news, isMeant);
        }
      }
    }
  }

  /** Adds what a vertex pays to the news of those who watch it. */
  async #add(
    vertex: Vertex,
    number: number,
    standing: Standing,
    news: Map<Watched, Paid[]>,
    isMeant: (watched: Watched) => boolean = () => true,
  ): Promise<void> {
    const meant = () =>
      this.index.matches(vertex)
        .filter(({ watched, from }) => from <= number && isMeant(watched));
    let matches = meant();
    // The addresses of an xpub that come next may be among what it pays to.
    for (let most = -1; standing.counts && most < matches.length;) {
      most = matches.length;
      for (const { watched, index } of matches) {
        if (index !== null) await this.index.grow(watched, index);
      }
      matches = meant();
    }
    const byWatched = Map.groupBy(matches, ({ watched }) => watched);
    for (const [watched, some] of byWatched) {
      const payments = some.map(({ payment }): WatchedOutput => payment);
      const isChange = await this.#spendsFrom(watched, vertex);
      const paid = { tx: vertex.hash, payments, isChange, standing };
      news.set(watched, [...news.get(watched) ?? [], paid]);
    }
  }

  async #tell(watched: Watched, moment: Moment, paid: readonly Paid[]): Promise<void> {
    let some: Paid[] = [];
    let count = 0;
    for (const one of paid) {
      if (count > 0 && count + one.payments.length > PAYMENTS_AT_ONCE) {
        await this.#parts.tell(watched, moment, some);
        [some, count] = [[], 0];
      }
      some.push(one);
      count += one.payments.length;
    }
    await this.#parts.tell(watched, moment, some);
  }

  /** The id of a vertex's first event. */
  async #numberOf(hash: string): Promise<number> {
    const { rows } = this.#parts.node;
    return await rows.get<number>(numberRow(hash)) ?? await rows.get<number>(removedRow(hash)) ?? 0;
  }

  /** Whether a vertex spends what was paid to what a subscription watches. */
  async #spendsFrom(watched: Watched, vertex: Vertex): Promise<boolean> {
    const { vertices, rows } = this.#parts.node;
    for (const { txId, index } of inputsOf(vertex)) {
      const output = (await vertices.read(txId, rows)).vertex.outputs[index];
      if (output !== undefined && this.index.isWatched(watched, output.script)) return true;
    }
    return false;
  }
}
