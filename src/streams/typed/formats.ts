import type { EventBatch } from "../../log/event_batch.ts";
import { pathOfStream } from "../chain/names.ts";
import { Places } from "../chain/places.ts";
import { tokenOf } from "../chain/token.ts";

/** In which of its forms an event of a ledger is told. */
export type Format =
  /** The server's own: offset, id, time, type, keys and data. */
  | "envelope"
  /** CloudEvents 1.0, in JSON. */
  | "cloudevents";

/** What is said of every event of a chain. */
export interface Told {
  /** The log's name of the chain, and its ledger's. */
  readonly chain: string;
  readonly ledger: string;
  /** The epoch that offsets are of. */
  readonly life: string;
  /** The types of events of which there is a schema. */
  readonly types: ReadonlySet<string>;
}

/** Puts an event together, given its data as JSON. */
export type WriteEvent = (index: number, data: string) => string;

/** What writes the events of a batch in a format. */
export function writerOf(format: Format, told: Told, batch: EventBatch): WriteEvent {
  return format === "envelope" ? envelopes(told, batch) : cloudEvents(told, batch);
}

/** Positions in a ledger's chain are its offsets: the place after an event is one more. */
function envelopes({ life }: Told, batch: EventBatch): WriteEvent {
  const places = new Places(batch, life, 1);
  return (index, data) => {
    const pieces: string[] = [];
    places.write(index, pieces);
    const type = quoted(batch.types[index] ?? "");
    const keys = listed(batch.keys[index] ?? []);
    pieces.push('"type":', type, ',"keys":', keys, ',"data":', data, "}");
    return pieces.join("");
  };
}

/** What the types of events begin with, in CloudEvents. */
const TYPE_PREFIX = "org.ledgerline";

/** The type of an event for CloudEvents. */
export function cloudTypeOf(ledger: string, type: string): string {
  return `${TYPE_PREFIX}.${ledger}.${type}`;
}

/** The name of a type's schema. It is found by the type, at `/v1/schemas/<type>`. */
export function schemaIdOf(cloudType: string): string {
  return `urn:ledgerline:schema:${encodeURIComponent(cloudType)}`;
}

/** The source of a chain's events, for CloudEvents: where it is read. */
export function sourceOf(stream: string): string {
  return pathOfStream(stream);
}

/**
 * CloudEvents 1.0 (cloudevents.io, spec.md and json-format.md) with the extension `sequence`, which is
 * the offset to come back with. What an event is about, its first key, is its subject.
 */
function cloudEvents({ chain, ledger, life, types }: Told, batch: EventBatch): WriteEvent {
  const source = sourceOf(chain);
  const time = new Date(batch.time).toISOString();
  return (index, data) => {
    const type = batch.types[index] ?? "";
    const cloudType = cloudTypeOf(ledger, type);
    const head = JSON.stringify({
      specversion: "1.0",
      id: batch.id(index),
      source,
      type: cloudType,
      time,
      subject: batch.keys[index]?.[0] || undefined,
      sequence: tokenOf({ position: batch.first + index + 1, life }),
      datacontenttype: "application/json",
      dataschema: types.has(type) ? schemaIdOf(cloudType) : undefined,
    });
    return `${head.slice(0, -1)},"data":${data}}`;
  };
}

let lastType = "";
let lastQuoted = '""';

/** A type as JSON. Types repeat, so the last one is kept as it was written. */
function quoted(type: string): string {
  if (type !== lastType) {
    lastType = type;
    lastQuoted = JSON.stringify(type);
  }
  return lastQuoted;
}

let lastKey = "";
let lastListed = '[""]';

/** Keys as JSON. Most events have one, and it repeats. */
function listed(keys: readonly string[]): string {
  const [key] = keys;
  if (key === undefined || keys.length > 1) return JSON.stringify(keys);
  if (key !== lastKey) {
    lastKey = key;
    lastListed = JSON.stringify(keys);
  }
  return lastListed;
}
