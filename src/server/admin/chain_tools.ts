import type { ChainReport } from "../../log/verify.ts";
import type { Position } from "../../kernel/position.ts";
import { isDamage, LedgerError } from "../../kernel/errors.ts";
import { CHAIN_NAME_CHARS } from "../../kernel/limits.ts";
import { cutMeanwhile, firstOf } from "../../log/base.ts";
import { type BeginLines, beginLines } from "../../log/begin_lines.ts";
import type { Chain } from "../../log/chain.ts";
import { chainLine, parseChainLine } from "../../log/event_line.ts";
import type { Head } from "../../log/head.ts";
import { type Filter, matcherOf } from "../../log/follow.ts";
import type { Imported } from "../../log/import.ts";
import type { Log } from "../../log/log.ts";
import type { RowDifference } from "../../log/rebuild.ts";
import { BEHIND, NO_HEAD } from "../../log/segments.ts";
import { backupLines } from "./backup.ts";
import { backward, linesOf, linesText } from "./batch_lines.ts";
import { eventsOfLines, LineSource, rowsOfLines } from "./import_lines.ts";
import type { FollowView } from "./follow_view.ts";

/** A chain at a glance. */
export interface ChainSummary {
  readonly chain: string;
  readonly epoch: string;
  /** Offset of the first event: more than 0 where the beginning was cut off. */
  readonly first: number;
  /** How many events there were: also the offset of the next one. */
  readonly events: number;
  readonly commits: number;
  /** Bytes of event data. */
  readonly bytes: number;
  /** ULID of the last event. */
  readonly id: string;
  /** Milliseconds since the epoch of the last commit. */
  readonly time: number;
  /** Events a second over the last minute; null where the log is too damaged to tell. */
  readonly rate: number | null;
  /** Why the head, and with it all of the above, cannot be read; left out where it can. */
  readonly damaged?: string | undefined;
}

/** Events of a chain that an export could not read. */
export interface Unreadable {
  readonly chain: string;
  /** Offset of the first, and after the last. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Which events of a chain are wanted. */
export interface EventQuery {
  readonly from: Position;
  /** At most so many. */
  readonly limit: number;
  readonly filter: Filter;
  /** Newest first, from before the position on. */
  readonly isBackward: boolean;
}

/** What happened to one chain of an import. */
export interface ImportedChain extends Imported {
  readonly chain: string;
}

/** Told how far work on a chain has come, in events. */
export type OnProgress = (chain: string, done: number, total: number) => void;

/** The summary of a chain whose head cannot be read. */
const UNKNOWN = {
  epoch: "",
  first: 0,
  events: 0,
  commits: 0,
  bytes: 0,
  id: "",
  time: 0,
  rate: null,
};

/** Milliseconds over which the rate of a chain is taken. */
const RATE_MS = 60_000;

/** What operators do with chains, whichever ledger they are of. */
export class ChainTools {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The chains whose names begin with `prefix`, in order of name. */
  async *summaries(prefix = ""): AsyncGenerator<ChainSummary> {
    if (prefix.length > CHAIN_NAME_CHARS) return;
    for await (const { name, head, failure } of this.#log.heads(prefix)) {
      if (head === undefined) {
        yield { chain: name, ...UNKNOWN, damaged: failure.message };
        continue;
      }
      const { epoch, next, commits, bytes, id, time } = head;
      const rate = await this.rate(name, head);
      const first = firstOf(head);
      yield { chain: name, epoch, first, events: next, commits, bytes, id, time, rate };
    }
  }

  /** Events a second of the last minute; null where the log is too damaged to tell. */
  async rate(name: string, { next, time }: Head): Promise<number | null> {
    const since = this.#log.clock.now() - RATE_MS;
    if (time < since) return 0;
    try {
      const before = await this.chain(name).locate({ at: "time", time: since });
      return (next - before) / (RATE_MS / 1_000);
    } catch (error) {
      // A damaged chain has to be in the list to be noticed.
      if (isDamage(error)) return null;
      throw error;
    }
  }

  /**
   * Lines of the wanted events there are now, several in one text, each with its line feed. Throws
   * `chain_unknown` and `position_invalid`.
   */
  async *lines(name: string, query: EventQuery): AsyncGenerator<string> {
    const chain = await this.existing(name);
    const offset = await chain.startOf(query.from);
    const matcher = matcherOf(query.filter);
    if (query.isBackward) return yield* backward(chain, offset, matcher, query.limit);
    let left = query.limit;
    let from = offset;
    for await (const batch of chain.batches(offset)) {
      const lines = linesOf(batch, Math.max(0, from - batch.first), matcher, left);
      from = batch.next;
      left -= lines.length;
      if (lines.length > 0) yield linesText(lines);
      if (left <= 0) return;
    }
  }

  /**
   * As {@linkcode lines}, and then those of every wanted event to come, until `signal` is aborted.
   * Where there is nothing more at the moment, an empty text is given.
   */
  async *follow(
    name: string,
    query: EventQuery,
    signal: AbortSignal,
    view?: FollowView,
  ): AsyncGenerator<string> {
    // A chain may be waited for before it has its first event.
    const chain = this.chain(name);
    const offset = await chain.startOf(query.from);
    const matcher = matcherOf(query.filter);
    let left = query.limit;
    for await (const told of chain.followBatches(offset, signal)) {
      view?.came(told.kind === "batch" ? told.batch.first + told.from : told.next);
      const lines = told.kind === "batch" ? linesOf(told.batch, told.from, matcher, left) : [];
      left -= lines.length;
      const text = linesText(lines);
      view?.sent(lines.length, text.length);
      if (told.kind === "caught_up" || lines.length > 0) yield text;
      // Whoever asks for more has taken it.
      if (told.kind === "batch") view?.came(told.batch.next);
      if (left <= 0) return;
    }
  }

  /**
   * A chain as it is now, in the lines that {@linkcode import} reads; an import ends at the first
   * event that is not there. What cannot be read is left out and passed to `unreadable`, in order. A
   * chain whose head cannot be read gets a new epoch, since its own is lost. Throws `store_busy` where
   * the beginning is cut off ahead of it: what was told of that cannot be taken back.
   */
  async *export(
    name: string,
    progress: OnProgress = () => {},
    unreadable: (what: Unreadable) => void = () => {},
  ): AsyncGenerator<string> {
    const chain = this.chain(name);
    const { first, next, text } = await this.#begins(chain, unreadable);
    yield text;
    for await (const { batch, gap } of chain.salvage(first, next)) {
      if (gap === undefined) yield linesText(linesOf(batch, 0, undefined, Infinity));
      else if (gap.to > gap.from) {
        if (await isCut(chain, first)) throw cutMeanwhile(name);
        unreadable({ chain: name, ...gap });
      }
      progress(name, gap === undefined ? batch.next : gap.to, next);
    }
  }

  /** What an export begins with. Throws `chain_unknown`. */
  async #begins(chain: Chain, unreadable: (what: Unreadable) => void): Promise<BeginLines> {
    const { name } = chain;
    const form = chain.projection.events?.version;
    let reason = NO_HEAD;
    try {
      const head = await chain.head();
      if (head !== undefined) {
        if (!await chain.hasMoreThan(head)) return await beginLines(chain, head);
        reason = BEHIND;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      reason = error.message;
    }
    let next = 0;
    for await (const { batch } of chain.salvage(0, Infinity)) next = batch?.next ?? next;
    if (next === 0) throw new LedgerError("chain_unknown", `There is no chain ${name}`);
    unreadable({ chain: name, from: next, to: next, reason });
    const epoch = crypto.randomUUID().replaceAll("-", "");
    return { first: 0, next, text: `${chainLine({ chain: name, epoch, next, form })}\n` };
  }

  /** All chains, and what is kept beside them; see {@linkcode backupLines}. */
  backup(): AsyncGenerator<string> {
    return backupLines(this.#log);
  }

  /** Writes the chains of an export. Throws as {@linkcode Chain.import} does. */
  async *import(
    lines: AsyncIterable<string>,
    progress: OnProgress = () => {},
  ): AsyncGenerator<ImportedChain> {
    const source = new LineSource(lines);
    for (let line = await source.next(); line !== undefined; line = await source.next()) {
      const { chain, ...begun } = parseChainLine(line);
      const imported = await this.chain(chain).import(
        { ...begun, rows: rowsOfLines(source) },
        eventsOfLines(source),
        (done) => progress(chain, done, begun.next),
      );
      yield { chain, ...imported };
    }
  }

  /** Walks a whole chain and its rows; names what is damaged. Throws `chain_unknown`. */
  async verify(name: string, progress: OnProgress = () => {}): Promise<ChainReport> {
    const done = (offset: number, next: number) => progress(name, offset, next);
    const verified = await this.chain(name).verify(done);
    if (verified.ok && verified.events === 0) await this.existing(name);
    return verified;
  }

  /** Compares a chain's rows with what its log says. Nothing may write it meanwhile. */
  async compareRows(name: string): Promise<RowDifference | undefined> {
    return await (await this.existing(name)).compareRows();
  }

  /** Makes a chain's rows anew from its log. */
  async rebuild(name: string): Promise<{ events: number }> {
    return await (await this.existing(name)).rebuild();
  }

  /** The chain of a name; it need not have any events yet. Throws `too_large`. */
  chain(name: string): Chain {
    return this.#log.chain(name);
  }

  /** The chain of a name. Throws `chain_unknown`. */
  async existing(name: string): Promise<Chain> {
    const chain = this.chain(name);
    if (await chain.head() !== undefined) return chain;
    throw new LedgerError("chain_unknown", `There is no chain ${name}`);
  }
}

/** Whether a chain's beginning was cut off since it began at an offset. */
async function isCut(chain: Chain, first: number): Promise<boolean> {
  try {
    return firstOf(await chain.head()) > first;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
