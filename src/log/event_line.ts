import { z } from "zod";
import { LedgerError } from "../kernel/errors.ts";
import { isUlid } from "../kernel/ids.ts";
import { jsonAtOnce } from "../kernel/json_bounds.ts";
import type { Base } from "./base.ts";
import type { BaseRow } from "./base_rows.ts";
import type { EventBatch } from "./event_batch.ts";
import type { PlacedEvent } from "./event.ts";

/**
 * An event as a line of JSON, for people, scripts and backups:
 *
 * ```
 * {"offset":3,"id":"01M…","time":1795300000000,"type":"new_event","keys":["PROD-1"],"data":{…}}
 * ```
 *
 * `time` is that of its commit, in milliseconds since the epoch. `keys` and `producer` are left out
 * where there are none; `"more":true` says that the next event belongs to the same commit. The data
 * is last and as it was stored, to the byte: under `data` where it is JSON on one line, as a string
 * under `text` where it is other text, and under `base64` where it is bytes.
 */
export interface LineEvent extends PlacedEvent {
  /** Whether the next event belongs to the same commit. */
  readonly more: boolean;
}

/** The line of the event at `index` of a batch, without its line feed. */
export function eventLine(batch: EventBatch, index: number): string {
  const { offset, id, time, type, keys, data, producer } = batch.event(index);
  const more = !(batch.isLast && index === batch.count - 1);
  const head = `{"offset":${offset},"id":"${id}","time":${time},"type":${JSON.stringify(type)}` +
    (keys.length === 0 ? "" : `,"keys":${JSON.stringify(keys)}`) +
    (producer === undefined ? "" : `,"producer":${JSON.stringify(producer)}`) +
    (more ? `,"more":true` : "");
  if (typeof data !== "string") return `${head},"base64":"${data.toBase64()}"}`;
  return isInline(data) ? `${head},"data":${data}}` : `${head},"text":${JSON.stringify(data)}}`;
}

function isInline(text: string): boolean {
  if (/[\r\n]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const whole = z.number().int().nonnegative();

/** A line of an event, but for data under `data`. */
export const eventLineSchema = z.strictObject({
  offset: whole,
  id: z.string().refine(isUlid, "a ULID"),
  time: z.number(),
  type: z.string(),
  keys: z.array(z.string()).default([]),
  producer: z.strictObject({ id: z.string(), epoch: whole, seq: whole }).optional(),
  more: z.boolean().default(false),
  text: z.string().optional(),
  base64: z.base64().optional(),
});

/** What stands before JSON data. It cannot be inside of a string, where quotes are escaped. */
const DATA = ',"data":';

/** Reads a line that {@linkcode eventLine} made. Throws `import_invalid`. */
export function parseEventLine(line: string): LineEvent {
  const at = line.indexOf(DATA);
  const isWhole = at < 0 || line.endsWith("}");
  const inline = at < 0 ? undefined : line.slice(at + DATA.length, -1);
  const { text, base64, ...event } = parsed(
    eventLineSchema,
    at < 0 ? line : `${line.slice(0, at)}}`,
  );
  const forms = [inline, text, base64 === undefined ? undefined : Uint8Array.fromBase64(base64)]
    .filter((form) => form !== undefined);
  const [data] = forms;
  if (data === undefined || forms.length > 1 || !isWhole) {
    throw invalid("an event has its data once, as data, text or base64");
  }
  return { ...event, data };
}

/** What stands before the events of a chain in an export. */
export interface ChainLine {
  readonly chain: string;
  /** Epoch of the chain's log: an import keeps it, so cursors of clients stay good. */
  readonly epoch: string;
  /** Offset after the last event that follows. */
  readonly next: number;
  /** Version of the events' form; 0, the first, where it is left out. */
  readonly form?: number | undefined;
  /** What it begins with, where its beginning was cut off: lines of its rows follow. */
  readonly base?: Omit<Base, "generation"> | undefined;
}

/** A line before the events of a chain. */
export const chainLineSchema = z.strictObject({
  chain: z.string().min(1),
  epoch: z.string().regex(/^\w{1,64}$/, "an epoch"),
  next: whole,
  form: whole.optional(),
  base: z.strictObject({
    first: whole,
    hash: z.hash("sha256"),
    id: z.string().refine(isUlid, "a ULID"),
    time: z.number(),
    commits: whole,
    bytes: whole,
    reach: whole,
    reachId: z.string(),
    rows: whole,
  }).optional(),
});

/** A line of a row that a chain begins with. */
export const rowLineSchema = z.strictObject({
  row: z.array(z.union([z.string(), z.number()])).min(1),
  value: z.json(),
});

/** The line before the events of a chain. */
export function chainLine({ chain, epoch, next, form = 0, base }: ChainLine): string {
  return JSON.stringify({ chain, epoch, next, ...(form > 0 && { form }), ...(base && { base }) });
}

/** The line of a row that a chain begins with. */
export function rowLine({ key, value }: BaseRow): string {
  return JSON.stringify({ row: key, value });
}

/** Whether a line is that of a row. */
export function isRowLine(line: string): boolean {
  return line.startsWith('{"row":');
}

/** Reads a line that {@linkcode rowLine} made. Throws `import_invalid`. */
export function parseRowLine(line: string): BaseRow {
  const { row, value } = parsed(rowLineSchema, line);
  return { key: row, value };
}

/** Whether a line is that before the events of a chain, and not an event. */
export function isChainLine(line: string): boolean {
  return line.startsWith('{"chain":');
}

/** Reads a line that {@linkcode chainLine} made. Throws `import_invalid`. */
export function parseChainLine(line: string): ChainLine {
  return parsed(chainLineSchema, line);
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  const value = jsonAtOnce(text);
  if (value === undefined) throw invalid(`not a line of an export: ${text.slice(0, 80)}`);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a line of an export"}`);
}

function invalid(message: string): LedgerError {
  return new LedgerError("import_invalid", message);
}
