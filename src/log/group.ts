import { LedgerError } from "../kernel/errors.ts";
import {
  COMMIT_BYTES,
  COMMIT_KEY_BYTES,
  COMMIT_MUTATIONS,
  OTHERS_PER_COMMIT,
  SPREAD_BYTES,
} from "../kernel/limits.ts";
import { firstIdAfter, type IdSource, ulidAfter } from "../kernel/ids.ts";
import {
  beside,
  encodeEvent,
  type NewEvent,
  type PlacedEvent,
  recordedSize,
  refuseLarge,
  wellFormed,
} from "./event.ts";
import { type Encoded, EventRun } from "./event_run.ts";
import type { Command, Draft } from "./command.ts";
import type { Head } from "./head.ts";
import type { RowKey } from "./keys.ts";
import { Overlay } from "./overlay.ts";
import { applyEvent } from "./rows.ts";
import type { Projection, ReadRows, RowValue } from "./projection.ts";

/** How much of what a commit may hold makes a group full. */
const FULL = 0.8;

/** Rows of which so many have changed are measured. */
const MEASURED_ROWS = 64;

/** Bytes of the key of a row that is still to come, about. */
const OWED_KEY_BYTES = 70;

/** The commands of one group, run over one overlay: each sees the ones before it. */
export class Group {
  readonly time: number;
  readonly rows: Overlay;
  readonly events: Encoded[] = [];
  readonly firstId: string;
  /** Versions of other chains' heads that it depends on; undefined where there are none. */
  others: Map<string, string | null> | undefined;
  readonly #base: Head | undefined;
  readonly #projection: Projection;
  readonly #fullBytes: number;
  #count = 0;
  #bytes = 0;
  /** Bytes of the rows when they were measured last, and of the events at that time. */
  #rowBytes = 0;
  #measuredAt = 0;
  /** Events, and bytes of them, and the other chains before the last command. */
  #before: Before = { length: 0, count: 0, bytes: 0, others: undefined };

  /** `fullBytes` are those at which it is full. */
  constructor(
    base: Head | undefined,
    rows: ReadRows,
    projection: Projection,
    now: number,
    ids: IdSource,
    fullBytes: number,
  ) {
    this.#fullBytes = fullBytes;
    this.#base = base;
    this.#projection = projection;
    this.rows = new Overlay(rows);
    this.time = Math.max(now, base?.time ?? 0);
    this.firstId = firstIdAfter(base?.id, this.time, ids);
  }

  /** How many events there are. */
  get count(): number {
    return this.#count;
  }

  get next(): number {
    return (this.#base?.next ?? 0) + this.#count;
  }

  get lastId(): string {
    return ulidAfter(this.firstId, this.#count - 1);
  }

  /**
   * About how many bytes it writes. Rows are measured when there is something to measure, as one that
   * every command changes would be measured as often.
   */
  get bytes(): number {
    const { rows } = this;
    const step = Math.min(this.#fullBytes / 32, 16_384);
    if (rows.unmeasured >= MEASURED_ROWS || Math.abs(this.#bytes - this.#measuredAt) >= step) {
      this.#rowBytes = rows.size;
      this.#measuredAt = this.#bytes;
    }
    return this.#bytes + this.#rowBytes;
  }

  /** At the most how many keys it writes. */
  get #mutations(): number {
    return this.rows.count + Math.ceil(this.#bytes / 16_384) + 2;
  }

  /**
   * Whether it takes no more commands. The marks are well under what a commit may hold, so that the
   * last command may pass them a little; `owed` rows are still to come for what it has taken.
   */
  isFull(owed = 0): boolean {
    return this.bytes > this.#fullBytes ||
      this.#mutations + owed > COMMIT_MUTATIONS * FULL ||
      this.rows.keyBytes + owed * OWED_KEY_BYTES > COMMIT_KEY_BYTES * FULL ||
      (this.others?.size ?? 0) >= OTHERS_PER_COMMIT;
  }

  /** Whether it is more than a commit may hold, as far as that is known before it is encoded. */
  get isOver(): boolean {
    const { keyBytes } = this.rows;
    // The stores count every key twice.
    return this.bytes + 2 * keyBytes > COMMIT_BYTES || this.#mutations > COMMIT_MUTATIONS ||
      keyBytes > COMMIT_KEY_BYTES || (this.others?.size ?? 0) > OTHERS_PER_COMMIT;
  }

  /**
   * Runs one command, and takes its events and rows into the group; those of one that throws not.
   *
   * @param isLarge whether it may be more than one operation holds
   */
  async run<T>(command: Command<T>, isLarge = false): Promise<T> {
    const { events, rows } = this;
    const { length } = events;
    this.#before = { length, count: this.#count, bytes: this.#bytes, others: this.others };
    const tx = new GroupDraft(this, isLarge);
    rows.mark();
    try {
      return await command(tx);
    } catch (error) {
      // Nothing may be written any more once it is taken back.
      await tx.end();
      this.takeBack();
      throw error;
    } finally {
      tx.isOpen = false;
    }
  }

  get epoch(): string | undefined {
    return this.#base?.epoch;
  }

  get reach(): number {
    return this.#base?.base?.reach ?? 0;
  }

  /** Adds an event, and brings the rows up to it: at once, or when the promise resolves. */
  add(given: NewEvent, isLarge: boolean): { placed: PlacedEvent; applied: void | Promise<void> } {
    const event = wellFormed(given);
    const encoded = encodeEvent(event, isLarge);
    const at = this.#count++;
    const placed: PlacedEvent = {
      offset: (this.#base?.next ?? 0) + at,
      id: ulidAfter(this.firstId, at),
      time: this.time,
      type: encoded.type,
      keys: encoded.keys,
      data: event.data,
      producer: event.producer,
      memo: event.memo,
    };
    this.events.push(encoded);
    this.#bytes += recordedSize(encoded);
    if (isLarge) this.#refuseSpread();
    return { placed, applied: applyEvent(this.#projection, placed, this.rows) };
  }

  /** Whether events of a type that have nothing but data change no row; see {@linkcode Projection}. */
  passesOver(type: string): boolean | Promise<boolean> {
    return this.#projection.passesOver?.(type, this.rows) ?? false;
  }

  /** Adds events that change no row. */
  addRun(run: EventRun, isLarge: boolean): void {
    for (let at = 0; at < run.count; at++) refuseLarge(run.sizeAt(at), isLarge);
    this.events.push(run);
    this.#count += run.count;
    this.#bytes += run.size + run.count * beside(run.type);
    if (isLarge) this.#refuseSpread();
  }

  #refuseSpread(): void {
    if (this.bytes <= SPREAD_BYTES) return;
    throw new LedgerError("too_large", `A commit may have ${SPREAD_BYTES} bytes`, {
      limit: SPREAD_BYTES,
    });
  }

  /** Has the group committed only while the head of another chain is of that version. */
  dependOn(chain: string, versionstamp: string | null): void {
    // Of two versions the commit fails by the earlier, and all is looked at anew.
    this.others = new Map([[chain, versionstamp], ...this.others ?? []]);
  }

  /** Takes back the last command. */
  takeBack(): void {
    this.events.length = this.#before.length;
    this.#count = this.#before.count;
    this.#bytes = this.#before.bytes;
    this.others = this.#before.others;
    this.rows.revert();
  }
}

/** What a group was before its last command. */
interface Before {
  /** How many events it had, where a run is one. */
  readonly length: number;
  readonly count: number;
  readonly bytes: number;
  readonly others: Group["others"];
}

/** What one command is given. A class, since closures for each cost more than all else of a small one. */
class GroupDraft implements Draft {
  isOpen = true;
  readonly #group: Group;
  readonly #isLarge: boolean;
  #applying: Promise<void>[] | undefined;

  constructor(group: Group, isLarge: boolean) {
    this.#group = group;
    this.#isLarge = isLarge;
  }

  get next(): number {
    return this.#group.next;
  }

  get time(): number {
    return this.#group.time;
  }

  get epoch(): string | undefined {
    return this.#group.epoch;
  }

  get reach(): number {
    return this.#group.reach;
  }

  get<T extends RowValue>(key: RowKey, name?: string): T | undefined | Promise<T | undefined> {
    return this.#group.rows.get<T>(key, name);
  }

  emit(given: NewEvent): PlacedEvent | Promise<PlacedEvent> {
    if (!this.isOpen) throw new LedgerError("closed", "The command has ended");
    const { placed, applied } = this.#group.add(given, this.#isLarge);
    // Most events are applied at once: only those that read the store cost a turn.
    if (applied === undefined) return placed;
    (this.#applying ??= []).push(applied);
    return applied.then(() => placed);
  }

  emitRun(run: EventRun): boolean | Promise<boolean> {
    const passes = this.#group.passesOver(run.type);
    if (typeof passes === "boolean") return this.#taken(run, passes);
    return passes.then((does) => this.#taken(run, does));
  }

  #taken(run: EventRun, passes: boolean): boolean {
    if (!this.isOpen) throw new LedgerError("closed", "The command has ended");
    if (passes) this.#group.addRun(run, this.#isLarge);
    return passes;
  }

  dependOn(chain: string, versionstamp: string | null): void {
    if (this.isOpen) this.#group.dependOn(chain, versionstamp);
  }

  /** Nothing more is added; resolves when the rows of what was added are brought up to it, or not. */
  async end(): Promise<void> {
    this.isOpen = false;
    await Promise.allSettled(this.#applying ?? []);
  }
}
