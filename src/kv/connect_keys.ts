/**
 * Keys as KV Connect sends them: each part a byte that says its kind, then bytes that sort as the
 * part does (the tuples of FoundationDB). Whole numbers of arbitrary size are left out: no key of
 * this program has one.
 */

const BYTES = 0x01;
const TEXT = 0x02;
const NUMBER = 0x21;
const FALSE = 0x26;
const TRUE = 0x27;

/** Follows a zero inside bytes or text; without it, a zero is their end. */
const ESCAPE = 0xff;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where keys are put together; larger than any key that a store takes. */
let room = new Uint8Array(8 * 1024);
let view = new DataView(room.buffer);

/** A key as sent. Throws a TypeError for a part of another kind. */
export function encodeKey(key: Deno.KvKey): Uint8Array {
  let at = 0;
  for (const part of key) {
    // A unit of text has three bytes at the most, and any byte may be escaped.
    const most = typeof part === "string" || part instanceof Uint8Array ? part.length * 6 : 8;
    if (at + most + 2 > room.length) grow(at + most + 2);
    if (typeof part === "string") {
      room[at++] = TEXT;
      const { written } = encoder.encodeInto(part, room.subarray(at));
      at = ended(at, at + written);
    } else if (typeof part === "number") {
      room[at++] = NUMBER;
      view.setFloat64(at, part);
      flip(room, at);
      at += 8;
    } else if (typeof part === "boolean") room[at++] = part ? TRUE : FALSE;
    else if (part instanceof Uint8Array) {
      room[at++] = BYTES;
      room.set(part, at);
      at = ended(at, at + part.length);
    } else throw new TypeError(`a key has no part of type ${typeof part}`);
  }
  return room.slice(0, at);
}

/** The key that was sent so. Throws a TypeError for bytes that are none of {@linkcode encodeKey}. */
export function decodeKey(bytes: Uint8Array): Deno.KvKey {
  const key: Deno.KvKeyPart[] = [];
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at++];
    if (kind === TEXT || kind === BYTES) {
      const end = endOf(bytes, at);
      const part = unescaped(bytes.subarray(at, end));
      key.push(kind === TEXT ? decoder.decode(part) : part);
      at = end + 1;
    } else if (kind === NUMBER && at + 8 <= bytes.length) {
      const number = bytes.slice(at, at + 8);
      flip(number, 0, true);
      key.push(new DataView(number.buffer).getFloat64(0));
      at += 8;
    } else if (kind === FALSE || kind === TRUE) key.push(kind === TRUE);
    else throw new TypeError("a stored key has a part of another kind");
  }
  return key;
}

/** Where only this key, and none that begins with it, is before. */
export function afterKey(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}

/** Escapes what was just written from `start` to `end`, and ends it; returns where the next begins. */
function ended(start: number, end: number): number {
  for (let at = room.indexOf(0, start); at !== -1 && at < end; at = room.indexOf(0, at + 2)) {
    room.copyWithin(at + 2, at + 1, end);
    room[at + 1] = ESCAPE;
    end++;
  }
  room[end] = 0;
  return end + 1;
}

function endOf(bytes: Uint8Array, from: number): number {
  let end = bytes.indexOf(0, from);
  while (end !== -1 && bytes[end + 1] === ESCAPE) end = bytes.indexOf(0, end + 2);
  if (end === -1) throw new TypeError("a stored key has a part without an end");
  return end;
}

function unescaped(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0)) return bytes.slice();
  return bytes.filter((byte, at) => byte !== ESCAPE || bytes[at - 1] !== 0);
}

/** Turns the bytes of a float into bytes that sort as it does, or back. */
function flip(bytes: Uint8Array, at: number, isBack = false): void {
  const first = bytes[at] ?? 0;
  const isNegative = isBack ? first < 0x80 : first >= 0x80;
  if (!isNegative) bytes[at] = first ^ 0x80;
  else for (const end = at + 8; at < end; at++) bytes[at] = ~(bytes[at] ?? 0);
}

function grow(size: number): void {
  const larger = new Uint8Array(2 * size);
  larger.set(room);
  room = larger;
  view = new DataView(room.buffer);
}
