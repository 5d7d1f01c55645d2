import { LedgerError } from "../../kernel/errors.ts";
import { nextTurn } from "../../kernel/turn.ts";
import type { BaseRow } from "../../log/base_rows.ts";
import { parseChainLine, parseRowLine } from "../../log/event_line.ts";
import type { Log } from "../../log/log.ts";
import type { RemoteKeeper } from "../remote.ts";
import { keepLife, readLife, takeAway } from "../taken_chains.ts";
import { inOnePiece } from "./frames.ts";

/** Under what the store keeps which life of which server it is a copy of. */
const LIFE = ["remote", "ledgerline"];

/** Rows that are read together. */
const ROWS = 100;

/** What the lines of a chain's beginning begin with, and no record does. */
const LINES = 0x7b;

/** Copies of another server's chains: their records as they are there, and rows that are made here. */
export class Mirror implements RemoteKeeper<Uint8Array> {
  readonly #log: Log;
  readonly #isCopied: (chain: string) => boolean;
  readonly #isWanted: (chain: string) => boolean;

  /**
   * @param isCopied whether a chain is a copy, and not this server's own
   * @param isWanted whether it is of those that are followed
   */
  constructor(
    log: Log,
    isCopied: (chain: string) => boolean,
    isWanted: (chain: string) => boolean = () => true,
  ) {
    this.#log = log;
    this.#isCopied = isCopied;
    this.#isWanted = isWanted;
  }

  life(): Promise<string | undefined> {
    return readLife(this.#log, LIFE);
  }

  async begin(life: string): Promise<void> {
    for await (const { name } of this.#log.heads()) {
      if (!this.#isCopied(name)) continue;
      throw new LedgerError(
        "remote_not_mine",
        `The store has chains of its own, ${name} among them: a copy begins in an empty store`,
        { chain: name },
      );
    }
    await keepLife(this.#log, LIFE, life);
  }

  /** Forgets what it is a copy of, and takes all copies away. Returns how many there were. */
  async reset(): Promise<number> {
    const names: string[] = [];
    for await (const { name } of this.#log.heads()) if (this.#isCopied(name)) names.push(name);
    // There would be nothing to tell copies from a server's own.
    if (names.length > 0 && await this.life() === undefined) {
      throw new LedgerError("remote_not_mine", "The store is no copy: there is nothing to reset");
    }
    for (const name of names) await this.gone(name);
    await keepLife(this.#log, LIFE, undefined);
    return names.length;
  }

  async next(line: string, of: string): Promise<number> {
    if (!this.#isCopied(line)) throw notCopied(line);
    const head = await this.#log.chain(line).head();
    if (head === undefined || head.epoch === of) return head?.next ?? 0;
    await this.gone(line);
    return 0;
  }

  async commit(line: string, of: string, items: readonly Uint8Array[]): Promise<void> {
    const [first] = items;
    if (first?.[0] === LINES) return await this.#begin(line, of, first);
    await this.#log.chain(line).adopt({ epoch: of, records: inOnePiece(items) });
  }

  /** Begins a copy where its remote begins, which has no more what came next here. */
  async #begin(line: string, of: string, item: Uint8Array): Promise<void> {
    const [text = "", ...rows] = new TextDecoder().decode(item).trimEnd().split("\n");
    const { epoch, base } = parseChainLine(text);
    if (epoch !== of || base === undefined) {
      throw new LedgerError("remote_invalid", `${line} begins as another`);
    }
    await this.gone(line);
    await this.#log.chain(line).begin({ epoch, base, rows: parsedRows(rows) });
  }

  async check(line: string, next: number, mark: string): Promise<void> {
    const head = await this.#log.chain(line).head();
    if (head === undefined || (head.next === next && head.hash === mark)) return;
    // Another mirror over the same store may have taken more since that was told.
    if (!this.#log.store.exclusive && head.next > next) return;
    const offset = Math.min(head.next, next);
    const reason = head.next === next
      ? "their hashes differ"
      : `it ends at ${next} there, and at ${head.next} here`;
    throw new LedgerError(
      "chain_differs",
      `${line} is not the chain that it is a copy of: ${reason}`,
      {
        chain: line,
        offset,
      },
    );
  }

  async gone(line: string): Promise<void> {
    if (!this.#isCopied(line)) throw notCopied(line);
    await takeAway(this.#log.chain(line));
  }

  async *unnamed(named: ReadonlySet<string>): AsyncGenerator<string> {
    for await (const { name } of this.#log.heads()) {
      if (this.#isCopied(name) && this.#isWanted(name) && !named.has(name)) yield name;
    }
  }
}

/** Rows, a few at a time. */
async function* parsedRows(lines: readonly string[]): AsyncGenerator<readonly BaseRow[]> {
  for (let at = 0; at < lines.length; at += ROWS) {
    yield lines.slice(at, at + ROWS).map(parseRowLine);
    await nextTurn();
  }
}

function notCopied(chain: string): LedgerError {
  return new LedgerError("remote_invalid", `${chain} is a server's own, and is not copied`, {
    chain,
  });
}
