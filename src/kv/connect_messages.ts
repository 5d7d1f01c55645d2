/**
 * The messages of KV Connect, as `proto/schema/datapath.proto` of `denokv` has them: the numbers are
 * those of its fields.
 */

import { PbfReader, PbfWriter } from "pbf";
import type { Mutation, StoredEntry } from "./store.ts";
import { decodeKey, encodeKey } from "./connect_keys.ts";
import { decodeValue, encodeValue } from "./connect_values.ts";

/** Which keys are read: from `start` on, before `end`. */
export interface ReadRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly limit: number;
  readonly reverse: boolean;
}

/** What a read was answered. */
export interface ReadAnswer {
  /** The entries of each range. */
  readonly ranges: StoredEntry<unknown>[][];
  /** Whether it is the newest state: nothing may be decided on any other. */
  isStrong: boolean;
  isDisabled: boolean;
}

/** What a write was answered. */
export interface WriteAnswer {
  status: number;
  versionstamp: string;
}

/** What a watch tells: of each key, in the order asked, the entry if that has changed. */
export interface WatchAnswer {
  status: number;
  readonly keys: WatchedKey[];
}

interface WatchedKey {
  isChanged: boolean;
  /** Nothing where the key is not there. */
  entry: StoredEntry | undefined;
}

export const ReadStatus = { success: 1, disabled: 2 } as const;
export const WriteStatus = { success: 1, checkFailed: 2, disabled: 5 } as const;
const MutationType = { set: 1, delete: 2 } as const;

export function encodeRead(ranges: readonly ReadRange[]): Uint8Array<ArrayBuffer> {
  const writer = new PbfWriter();
  for (const range of ranges) writer.writeMessage(1, writeRange, range);
  return finished(writer);
}

function writeRange({ start, end, limit, reverse }: ReadRange, writer: PbfWriter): void {
  writer.writeBytesField(1, start);
  writer.writeBytesField(2, end);
  writer.writeVarintField(3, limit);
  if (reverse) writer.writeBooleanField(4, true);
}

export function decodeRead(bytes: Uint8Array): ReadAnswer {
  const answer: ReadAnswer = { ranges: [], isStrong: false, isDisabled: false };
  return new PbfReader(bytes).readFields((field, answer, reader) => {
    if (field === 1) answer.ranges.push(reader.readMessage(readRange, []));
    else if (field === 2) answer.isDisabled ||= reader.readBoolean();
    else if (field === 4) answer.isStrong = reader.readBoolean();
    else if (field === 8) answer.isDisabled ||= reader.readVarint() === ReadStatus.disabled;
  }, answer);
}

function readRange(field: number, entries: StoredEntry[], reader: PbfReader): void {
  if (field === 1) entries.push(readEntry(reader));
}

export function encodeWrite({ checks, sets, deletes }: Mutation): Uint8Array<ArrayBuffer> {
  const writer = new PbfWriter(new Uint8Array(expectedBytes(sets)));
  for (const check of checks) writer.writeMessage(1, writeCheck, check);
  for (const set of sets) writer.writeMessage(2, writeSet, set);
  for (const key of deletes) writer.writeMessage(2, writeDelete, key);
  return finished(writer);
}

function finished(writer: PbfWriter): Uint8Array<ArrayBuffer> {
  // What a writer makes is never shared with other threads.
  return writer.finish() as Uint8Array<ArrayBuffer>;
}

/** A large value that does not fit makes the writer double its room, and copy all of it. */
function expectedBytes(sets: Mutation["sets"]): number {
  let bytes = 1_024;
  for (const { value } of sets) bytes += 128 + (value instanceof Uint8Array ? value.length : 0);
  return bytes;
}

function writeCheck({ key, versionstamp }: Mutation["checks"][number], writer: PbfWriter): void {
  writer.writeBytesField(1, encodeKey(key));
  if (versionstamp !== null) writer.writeBytesField(2, Uint8Array.fromHex(versionstamp));
}

function writeSet({ key, value }: Mutation["sets"][number], writer: PbfWriter): void {
  writer.writeBytesField(1, encodeKey(key));
  writer.writeMessage(2, writeValue, value);
  writer.writeVarintField(3, MutationType.set);
}

function writeDelete(key: Deno.KvKey, writer: PbfWriter): void {
  writer.writeBytesField(1, encodeKey(key));
  writer.writeVarintField(3, MutationType.delete);
}

function writeValue(value: unknown, writer: PbfWriter): void {
  const { data, encoding } = encodeValue(value);
  writer.writeBytesField(1, data);
  writer.writeVarintField(2, encoding);
}

export function decodeWrite(bytes: Uint8Array): WriteAnswer {
  const answer: WriteAnswer = { status: 0, versionstamp: "" };
  return new PbfReader(bytes).readFields((field, answer, reader) => {
    if (field === 1) answer.status = reader.readVarint();
    else if (field === 2) answer.versionstamp = reader.readBytes().toHex();
  }, answer);
}

export function encodeWatch(keys: readonly Deno.KvKey[]): Uint8Array<ArrayBuffer> {
  const writer = new PbfWriter();
  for (const key of keys) {
    writer.writeMessage(1, (key, writer) => writer.writeBytesField(1, encodeKey(key)), key);
  }
  return finished(writer);
}

export function decodeWatch(bytes: Uint8Array): WatchAnswer {
  const answer: WatchAnswer = { status: 0, keys: [] };
  return new PbfReader(bytes).readFields((field, answer, reader) => {
    if (field === 1) answer.status = reader.readVarint();
    else if (field === 2) {
      const key: WatchedKey = { isChanged: false, entry: undefined };
      answer.keys.push(reader.readMessage(readWatched, key));
    }
  }, answer);
}

function readWatched(field: number, key: WatchedKey, reader: PbfReader): void {
  if (field === 1) key.isChanged = reader.readBoolean();
  else if (field === 2) key.entry = readEntry(reader);
}

function readEntry(reader: PbfReader): StoredEntry {
  const { key, value, encoding, versionstamp } = reader.readMessage(readEntryField, {
    key: NOTHING,
    value: NOTHING,
    encoding: 0,
    versionstamp: NOTHING,
  });
  return {
    key: decodeKey(key),
    value: decodeValue(value, encoding),
    versionstamp: versionstamp.toHex(),
  };
}

const NOTHING = new Uint8Array(0);

interface EntryFields {
  key: Uint8Array;
  value: Uint8Array;
  encoding: number;
  versionstamp: Uint8Array;
}

function readEntryField(field: number, entry: EntryFields, reader: PbfReader): void {
  if (field === 1) entry.key = reader.readBytes();
  else if (field === 2) entry.value = reader.readBytes();
  else if (field === 3) entry.encoding = reader.readVarint();
  else if (field === 4) entry.versionstamp = reader.readBytes();
}
