import { PyFloat, type PyJson, type PyObject, valueAt } from "../../../../python/json.ts";
import { pyStr } from "../../../../python/str.ts";
import { type HdPublicKey, parseXpub } from "../../../../crypto/hd_public_key.ts";
import { ADDRESS_LENGTH } from "../../networks/address.ts";
import type { WalletAddress } from "./addresses.ts";

/** Why a request for a history is not followed: the text of the answer. */
export class HistoryRefusal extends Error {
  override readonly name = "HistoryRefusal";
  constructor(message: string, readonly closesStream = false) {
    super(message);
  }
}

/** Characters from which on a text may be a secret: no private key, and no twelve words, are shorter. */
const SHORTEST_SECRET = 32;

const MAX_GAP_LIMIT = 10_000;
const DEFAULT_GAP_LIMIT = 20;

/** How a stream begins. */
export interface OpeningRequest {
  readonly gapLimit: number;
  /** Messages that may be on their way; undefined for any number. */
  readonly window: number | undefined;
}

/** A field that is a whole number, or `fallback` where it is left out. */
function wholeNumber<T>(message: PyObject, name: string, fallback: T): number | T {
  const value = valueAt(message, name) ?? null;
  if (value === null) return fallback;
  // Whatever is that large is beyond every bound.
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return Number(value);
  }
  throw new HistoryRefusal(`Invalid ${name}.`);
}

/** @throws {HistoryRefusal} */
export function readOpening(message: PyObject): OpeningRequest {
  // It is compared and no more: any number will do.
  const given = valueAt(message, "gap-limit");
  const gapLimit = given instanceof PyFloat
    ? given.value
    : wholeNumber(message, "gap-limit", DEFAULT_GAP_LIMIT);
  if (gapLimit > MAX_GAP_LIMIT) {
    throw new HistoryRefusal(`GAP limit is too big. Maximum: ${MAX_GAP_LIMIT}`);
  }
  return { gapLimit, window: windowOf(wholeNumber(message, "window-size", undefined)) };
}

/** A window below zero is none. */
function windowOf(size: number | undefined): number | undefined {
  return size === undefined || size < 0 ? undefined : size;
}

/** @throws {HistoryRefusal} */
export function readKey(message: PyObject): { key: HdPublicKey; firstIndex: number } {
  const text = valueAt(message, "xpub") ?? null;
  const key = typeof text === "string" ? parseXpub(text) : undefined;
  if (key === undefined) throw new HistoryRefusal(`Invalid XPub${shown(text)}`);
  const firstIndex = wholeNumber(message, "first-index", 0);
  if (firstIndex < 0 || !Number.isSafeInteger(firstIndex)) {
    throw new HistoryRefusal("Invalid first-index.");
  }
  return { key, firstIndex };
}

/** What was sent for an xpub, unless it may be a private key, or words: those are never repeated. */
function shown(sent: PyJson): string {
  const isPublic = typeof sent !== "string" || sent.length < SHORTEST_SECRET ||
    sent.startsWith("xpub");
  return isPublic ? `: ${pyStr(sent)}` : "";
}

/** @throws {HistoryRefusal} */
export function readAddresses(message: PyObject): WalletAddress[] {
  const list = valueAt(message, "addresses") ?? [];
  if (!Array.isArray(list)) throw new HistoryRefusal("Invalid addresses.");
  return list.map(readAddress);
}

function readAddress(item: PyJson): WalletAddress {
  const [index, address]: readonly PyJson[] = Array.isArray(item) ? item : [];
  if (typeof index !== "number" || typeof address !== "string") {
    throw new HistoryRefusal("Invalid addresses.");
  }
  if (address.length !== ADDRESS_LENGTH) {
    const told = address.length > ADDRESS_LENGTH ? "…" : address;
    throw new HistoryRefusal(`Invalid address: AddressItem(index=${index}, address='${told}')`);
  }
  return { index, address };
}

/** @throws {HistoryRefusal} */
export function readAcknowledgement(message: PyObject): {
  ack: number | undefined;
  /** Undefined where it stays as it is. */
  window: number | undefined;
} {
  return {
    ack: acknowledgementPart(message, "ack"),
    window: acknowledgementPart(message, "window"),
  };
}

function acknowledgementPart(message: PyObject, name: "ack" | "window"): number | undefined {
  const value = valueAt(message, name) ?? null;
  if (value === null) return undefined;
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new HistoryRefusal(`Invalid ${name}.`);
  }
  return Number(value);
}
