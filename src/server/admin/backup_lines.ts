import { createHash } from "node:crypto";
import { z } from "zod";
import { LedgerError } from "../../kernel/errors.ts";
import { jsonAtOnce } from "../../kernel/json_bounds.ts";
import {
  type ChainLine,
  isChainLine,
  isRowLine,
  parseChainLine,
  parseEventLine,
  parseRowLine,
} from "../../log/event_line.ts";
import { firstOf } from "../../log/base.ts";
import type { Kept } from "../../log/kept.ts";

/** The version of the form of backups. */
const VERSION = 1;

/** How a backup begins. */
export interface BackupBegin {
  /** When it was begun, in milliseconds since the epoch. */
  readonly time: number;
  readonly chains: number;
}

/** How a backup ends: by that a whole one is known. */
export interface BackupEnd {
  readonly chains: number;
  readonly events: number;
  /** SHA-256 of all lines before, with their line feeds, in hexadecimal digits. */
  readonly sha256: string;
}

const whole = z.number().int().nonnegative();

const beginSchema = z.strictObject({ backup: z.int(), time: z.number(), chains: whole });
const keptSchema = z.strictObject({ kept: z.array(z.string()).min(1), base64: z.base64() });
const endSchema = z.strictObject({
  end: z.strictObject({ chains: whole, events: whole, sha256: z.string() }),
});

/** The first line of a backup. */
export function beginLine({ time, chains }: BackupBegin): string {
  return JSON.stringify({ backup: VERSION, time, chains });
}

/** The line of what a ledger keeps beside its chains. */
export function keptLine({ name, bytes }: Kept): string {
  return JSON.stringify({ kept: name, base64: bytes.toBase64() });
}

/** The last line of a backup. */
export function endLine(end: BackupEnd): string {
  return JSON.stringify({ end });
}

/** What a line of a backup is. Chains and events are lines of an export. */
export type BackupPart =
  | { readonly kind: "begin" }
  | { readonly kind: "kept"; readonly kept: Kept }
  | { readonly kind: "chain"; readonly chain: ChainLine }
  | { readonly kind: "row"; readonly chain: ChainLine }
  | { readonly kind: "event"; readonly chain: ChainLine; readonly offset: number }
  | { readonly kind: "end" };

/**
 * Holds the lines of a backup to what it promises, one after another: that every chain has all its
 * events, that nothing has changed since it was made, and that it is not cut off.
 */
export class BackupCheck {
  readonly #hash = createHash("sha256");
  #begin: BackupBegin | undefined;
  #end: BackupEnd | undefined;
  #chain: ChainLine | undefined;
  /** Offset of the next event of the chain. */
  #next = 0;
  #chains = 0;
  #events = 0;

  /** Takes a line without its line feed, and says what it is. Throws `import_invalid`. */
  take(line: string): BackupPart {
    if (this.#end !== undefined) throw invalid("there is more after its end");
    if (line.startsWith('{"end":')) return this.#finish(parsed(endSchema, line).end);
    this.#hash.update(`${line}\n`);
    if (this.#begin === undefined) {
      const { backup, ...begin } = parsed(beginSchema, line);
      if (backup !== VERSION) throw invalid(`its form is ${backup}, and not ${VERSION}`);
      this.#begin = begin;
      return { kind: "begin" };
    }
    if (line.startsWith('{"kept":')) {
      const { kept: name, base64 } = parsed(keptSchema, line);
      return { kind: "kept", kept: { name, bytes: Uint8Array.fromBase64(base64) } };
    }
    if (isChainLine(line)) {
      this.#endChain();
      this.#chain = parseChainLine(line);
      this.#next = firstOf(this.#chain);
      this.#chains++;
      return { kind: "chain", chain: this.#chain };
    }
    const chain = this.#chain;
    if (isRowLine(line) && chain?.base?.first === this.#next) {
      parseRowLine(line);
      return { kind: "row", chain };
    }
    const { offset } = parseEventLine(line);
    if (chain === undefined || offset !== this.#next) {
      throw invalid(`event ${offset} stands where ${this.#next} is expected`);
    }
    this.#next++;
    this.#events++;
    return { kind: "event", chain, offset };
  }

  /** How it ended. Throws `import_invalid` where it did not. */
  end(): BackupEnd {
    if (this.#end === undefined) throw invalid("it is cut off");
    return this.#end;
  }

  #finish(end: BackupEnd): BackupPart {
    this.#endChain();
    if (end.chains === 0 || end.chains !== this.#chains || end.events !== this.#events) {
      throw invalid("it has not what its end says");
    }
    if (this.#hash.digest("hex") !== end.sha256) throw invalid("its checksum does not match");
    this.#end = end;
    return { kind: "end" };
  }

  #endChain(): void {
    if (this.#chain === undefined || this.#next === this.#chain.next) return;
    const { chain, next } = this.#chain;
    throw invalid(`the events of ${chain} end at ${this.#next}, and there should be ${next}`);
  }
}

function parsed<T>(schema: z.ZodType<T>, line: string): T {
  const result = schema.safeParse(jsonAtOnce(line));
  if (result.success) return result.data;
  throw invalid(`not a line of a backup: ${line.slice(0, 80)}`);
}

function invalid(reason: string): LedgerError {
  return new LedgerError("import_invalid", `This is no whole backup: ${reason}`);
}
