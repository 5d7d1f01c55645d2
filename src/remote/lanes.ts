import { type ErrorCode, LedgerError } from "../kernel/errors.ts";
import type { RemoteConnection, RemoteKeeper, RemoteNews, RemotePiece } from "./remote.ts";

/** Lines that are worked on at a time: what they commit goes in together. */
const AT_ONCE = 32;

/** Bytes that wait, above which no more is read. */
const WAITING_BYTES = 8 * 1024 * 1024;

/** What is committed together of a line, in bytes. */
const TOGETHER_BYTES = 512 * 1024;

/** News of any line that wait, whatever their bytes. */
const WAITING_NEWS = 100_000;

/** What ends a line alone: the same would come of it again. */
const OF_LINE: ReadonlySet<ErrorCode> = new Set([
  "chain_differs",
  "damaged",
  "store_refused",
  "too_large",
]);

type LineNews<Item> = Exclude<RemoteNews<Item>, { readonly kind: "named" }>;

/** A line, with what waits to be taken of it. */
interface Lane<Item> {
  readonly line: string;
  readonly waiting: LineNews<Item>[];
  isBusy: boolean;
  /** The id that is next here, and the furthest that was told of. */
  next: number;
  told: number;
  /** When the last was made that was taken. */
  time: number;
  /** The id before which what is here is known to be the remote's. */
  known: number;
}

/**
 * What comes of each line in its order, several lines side by side. What is here already is passed
 * over, and what would leave a gap ends the connection.
 */
export class Lanes<Item> {
  readonly #keeper: RemoteKeeper<Item>;
  readonly #lanes = new Map<string, Lane<Item>>();
  readonly #ready: Lane<Item>[] = [];
  readonly #refuse: (line: string, error: LedgerError) => void;
  readonly refused = new Map<string, string>();
  #connection: RemoteConnection<Item> | undefined;
  #signal: AbortSignal | undefined;
  #busy = new Set<Promise<void>>();
  #bytes = 0;
  #waiting = 0;
  #fail: (error: unknown) => void = () => {};
  #room: (() => void) | undefined;
  #begunAt = 0;
  #lag = 0;
  last: { readonly line: string; readonly id: number } | undefined;
  taken = 0;
  repeated = 0;

  constructor(
    keeper: RemoteKeeper<Item>,
    refuse: (line: string, error: LedgerError) => void,
  ) {
    this.#keeper = keeper;
    this.#refuse = refuse;
  }

  /** How much was told of that is not here. */
  get lagEvents(): number {
    return this.#lag;
  }

  /** When what is here of the line that is furthest behind was made. */
  get oldest(): number {
    let oldest = Infinity;
    for (const { told, next, time } of this.#lanes.values()) {
      if (told > next) oldest = Math.min(oldest, time || this.#begunAt);
    }
    return oldest;
  }

  /**
   * Works for a connection. What is returned rejects with what ends it, and never resolves.
   *
   * @param begunAt in milliseconds since the epoch
   */
  begin(
    connection: RemoteConnection<Item>,
    signal: AbortSignal,
    begunAt: number,
  ): Promise<never> {
    this.#connection = connection;
    this.#signal = signal;
    this.#begunAt = begunAt;
    this.refused.clear();
    return new Promise((_, reject) => this.#fail = reject);
  }

  /** Ends what is in hand, and forgets what waits: the next connection tells of it again. */
  async end(): Promise<void> {
    this.#connection = undefined;
    this.#fail = () => {};
    this.#room?.();
    await Promise.allSettled(this.#busy);
    this.#ready.length = 0;
    this.#lanes.clear();
    this.#bytes = this.#waiting = this.#lag = 0;
  }

  /** Takes news, once there is room for it. */
  async take(news: LineNews<Item>): Promise<void> {
    while (this.#bytes > WAITING_BYTES || this.#waiting > WAITING_NEWS) {
      await new Promise<void>((resolve) => this.#room = resolve);
      if (this.#connection === undefined) return;
    }
    if (this.#connection === undefined || this.refused.has(news.line)) return;
    const { line } = news;
    let lane = this.#lanes.get(line);
    if (lane === undefined) {
      lane = { line, waiting: [], isBusy: false, next: -1, told: -1, time: 0, known: -1 };
      this.#lanes.set(line, lane);
    }
    lane.waiting.push(news);
    this.#waiting++;
    if (news.kind === "piece") this.#bytes += news.piece.bytes;
    if (news.kind !== "gone") this.#tell(lane, toldBy(news));
    if (lane.isBusy) return;
    lane.isBusy = true;
    this.#ready.push(lane);
    this.#next();
  }

  #tell(lane: Lane<Item>, told: number): void {
    if (lane.next >= 0) this.#lag += Math.max(0, told - lane.next) - lagOf(lane);
    lane.told = told;
  }

  #came(lane: Lane<Item>, next: number): void {
    const before = lane.next < 0 ? 0 : lagOf(lane);
    lane.next = next;
    this.#lag += lagOf(lane) - before;
  }

  #next(): void {
    // Once the connection has ended nothing that waits is begun.
    while (this.#connection !== undefined && this.#busy.size < AT_ONCE) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      const work = this.#work(lane).then(() => {
        lane.isBusy = lane.waiting.length > 0;
        if (lane.isBusy) this.#ready.push(lane);
      }, (error) => this.#ended(lane, error)).finally(() => {
        this.#busy.delete(work);
        this.#room?.();
        this.#room = undefined;
        this.#next();
      });
      this.#busy.add(work);
    }
  }

  #ended(lane: Lane<Item>, error: unknown): void {
    if (!(error instanceof LedgerError) || !OF_LINE.has(error.code)) return this.#fail(error);
    this.refused.set(lane.line, error.code);
    this.#shifted(lane, lane.waiting.length);
    this.#lag -= lane.next < 0 ? 0 : lagOf(lane);
    this.#lanes.delete(lane.line);
    this.#refuse(lane.line, error);
  }

  /** Takes the first news of a line that wait, and of those behind what goes with them. */
  async #work(lane: Lane<Item>): Promise<void> {
    const [news] = lane.waiting;
    if (news === undefined || this.#connection === undefined) return;
    const { line } = lane;
    if (news.kind === "gone") {
      await this.#keeper.gone(line);
      this.#shifted(lane, 1);
      this.#lag -= lane.next < 0 ? 0 : lagOf(lane);
      lane.next = lane.told = lane.known = -1;
      // It is told of anew if it begins again.
      if (lane.waiting.length === 0) this.#lanes.delete(line);
      return;
    }
    const { of } = news;
    const next = await this.#keeper.next(line, of);
    // It has begun anew.
    if (next < lane.known) lane.known = -1;
    this.#came(lane, next);
    if (news.kind === "end") {
      const { count, end } = endsTogether(lane, of, next);
      if (count > 0) await this.#fill(lane, of, end);
      else if (news.next > lane.known) {
        await this.#keeper.check(line, news.next, news.mark);
        lane.known = news.next;
      }
      this.#shifted(lane, Math.max(1, count));
      return;
    }
    const { items, count, end, time } = this.#together(lane, of, next);
    if (items.length > 0) await this.#commit(lane, of, items, end, time);
    this.#shifted(lane, count);
  }

  /** Pieces that wait and follow each other. Throws `remote_invalid` where one does not. */
  #together(lane: Lane<Item>, of: string, from: number) {
    const items: Item[] = [];
    let end = from;
    let bytes = 0;
    let count = 0;
    let time = 0;
    for (const news of lane.waiting) {
      if (news.kind !== "piece" || bytes > TOGETHER_BYTES) break;
      if (news.of !== of) break;
      count++;
      const { piece } = news;
      if (piece.next <= end) {
        this.repeated++;
        continue;
      }
      if (piece.first > end) throw gap(lane.line, end, piece);
      items.push(piece.item);
      end = piece.next;
      bytes += piece.bytes;
      time = piece.time;
    }
    return { items, count, end, time };
  }

  async #fill(lane: Lane<Item>, of: string, until: number): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    for await (const piece of connection.fill(lane.line, of, lane.next, until)) {
      if (this.#signal?.aborted === true) return;
      if (piece.next <= lane.next) continue;
      if (piece.first > lane.next) throw gap(lane.line, lane.next, piece);
      await this.#commit(lane, of, [piece.item], piece.next, piece.time);
    }
  }

  async #commit(
    lane: Lane<Item>,
    of: string,
    items: readonly Item[],
    end: number,
    time: number,
  ): Promise<void> {
    await this.#keeper.commit(lane.line, of, items);
    this.taken += end - lane.next;
    lane.known = end;
    lane.time = time;
    this.#came(lane, end);
    this.last = { line: lane.line, id: end - 1 };
    this.#connection?.acknowledge?.(lane.line, end);
  }

  /** The first news that waited are done. */
  #shifted(lane: Lane<Item>, count: number): void {
    for (const news of lane.waiting.splice(0, count)) {
      this.#waiting--;
      if (news.kind === "piece") this.#bytes -= news.piece.bytes;
    }
  }
}

/** Ends that wait before all else, as far as each goes further than the one before it. */
function endsTogether<Item>({ waiting }: Lane<Item>, of: string, next: number) {
  let [count, end] = [0, next];
  for (const news of waiting) {
    if (news.kind !== "end" || news.of !== of || news.next <= end) break;
    count++;
    end = news.next;
  }
  return { count, end };
}

/** How far a line goes, by what is told of it. */
function toldBy<Item>(news: Exclude<LineNews<Item>, { readonly kind: "gone" }>): number {
  if (news.kind === "end") return news.next;
  return Math.max(news.piece.next, news.piece.told ?? 0);
}

function lagOf({ told, next }: { readonly told: number; readonly next: number }): number {
  return Math.max(0, told - next);
}

function gap(line: string, expected: number, { first }: RemotePiece<unknown>): LedgerError {
  return new LedgerError(
    "remote_invalid",
    `What comes of ${line} begins at ${first}, and ${expected} is expected`,
    { line, expected, first },
  );
}
