import { base64UrlDecode, base64UrlEncode } from "../base64url.ts";
import { BoundedCache } from "../bounded_cache.ts";
import { latin1, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from "../ed25519.ts";
import { sha256 } from "../hash.ts";
import { Condition, type ConditionType, MAX_COST, readCondition } from "./condition.ts";
import { der, DerError, DerReader, derSet, derUint } from "./der.ts";

/** A signature and its key. Without a signature it only stands for its condition. */
export interface Ed25519Fulfillment {
  readonly type: "ed25519-sha-256";
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array | undefined;
}

/** Fulfilled when `threshold` of its parts are. */
export interface ThresholdFulfillment {
  readonly type: "threshold-sha-256";
  readonly threshold: number;
  readonly subfulfillments: readonly Fulfillment[];
  /** The parts that are not fulfilled. */
  readonly subconditions: readonly Condition[];
}

/** The two types of fulfillments that BigchainDB and Planetmint know. */
export type Fulfillment = Ed25519Fulfillment | ThresholdFulfillment;

/** How deep thresholds may stand inside each other: what both servers allow for conditions. */
export const MAX_FULFILLMENT_DEPTH = 100;

const ED25519 = 0xa4;
const THRESHOLD = 0xa2;
const ED25519_COST = 131_072;
const SUBCONDITION_COST = 1024;

/**
 * The fulfillment that `text` (DER in base64url) holds. What follows its last byte is ignored.
 *
 * @throws {DerError} it is something else, or of a type that is not known here
 */
export function parseFulfillment(text: string): Fulfillment {
  const bytes = base64UrlDecode(text);
  if (bytes === undefined) throw new DerError("not base64url");
  return readFulfillment(new DerReader(bytes), 0);
}

function readFulfillment(reader: DerReader, depth: number): Fulfillment {
  if (depth > MAX_FULFILLMENT_DEPTH) throw new DerError("thresholds nest too deep");
  if (reader.peek() === ED25519) {
    const fields = new DerReader(reader.read(ED25519));
    const publicKey = fields.readFixed(0x80, PUBLIC_KEY_BYTES);
    const signature = fields.readFixed(0x81, SIGNATURE_BYTES);
    fields.finish();
    return { type: "ed25519-sha-256", publicKey, signature };
  }
  const fields = new DerReader(reader.read(THRESHOLD));
  const subfulfillments: Fulfillment[] = [];
  const fulfilled = new DerReader(fields.read(0xa0));
  while (!fulfilled.isAtEnd) subfulfillments.push(readFulfillment(fulfilled, depth + 1));
  const subconditions: Condition[] = [];
  const unfulfilled = new DerReader(fields.read(0xa1));
  while (!unfulfilled.isAtEnd) subconditions.push(readCondition(unfulfilled));
  fields.finish();
  return {
    type: "threshold-sha-256",
    threshold: subfulfillments.length,
    subfulfillments,
    subconditions,
  };
}

/**
 * The text of `fulfillment`, or undefined when a signature is missing or a threshold has not
 * exactly as many fulfilled parts as it asks for.
 */
export function fulfillmentText(fulfillment: Fulfillment): string | undefined {
  const bytes = encodeFulfillment(fulfillment);
  return bytes && base64UrlEncode(bytes);
}

function encodeFulfillment(fulfillment: Fulfillment): Uint8Array | undefined {
  if (fulfillment.type === "ed25519-sha-256") {
    const { publicKey, signature } = fulfillment;
    return signature && der(ED25519, der(0x80, publicKey), der(0x81, signature));
  }
  const { threshold, subfulfillments, subconditions } = fulfillment;
  if (subfulfillments.length !== threshold) return undefined;
  const fulfilled: Uint8Array[] = [];
  for (const part of subfulfillments) {
    const bytes = encodeFulfillment(part);
    if (bytes === undefined) return undefined;
    fulfilled.push(bytes);
  }
  return der(
    THRESHOLD,
    derSet(0xa0, fulfilled),
    derSet(0xa1, subconditions.map((part) => part.der)),
  );
}

/**
 * The condition that `fulfillment` fulfills, or undefined when there is none: a threshold without
 * parts, one with fewer parts than it asks for, or a cost beyond 2^32-1.
 */
export function conditionOf(fulfillment: Fulfillment): Condition | undefined {
  if (fulfillment.type === "ed25519-sha-256") {
    const { publicKey } = fulfillment;
    return keyConditions.get(latin1(publicKey), () => keyCondition(publicKey));
  }
  return thresholdCondition(fulfillment);
}

/** The conditions of keys seen before: the same keys come again and again. */
const keyConditions = new BoundedCache<string, Condition>(4096);

function keyCondition(publicKey: Uint8Array): Condition {
  const fingerprint = sha256(der(0x30, der(0x80, publicKey)));
  return new Condition("ed25519-sha-256", fingerprint, ED25519_COST, new Set());
}

function thresholdCondition(fulfillment: ThresholdFulfillment): Condition | undefined {
  const { threshold } = fulfillment;
  const parts = [...fulfillment.subconditions];
  for (const part of fulfillment.subfulfillments) {
    const condition = conditionOf(part);
    if (condition === undefined) return undefined;
    parts.push(condition);
  }
  if (threshold < 1 || parts.length < threshold) return undefined;
  const costs = parts.map((part) => part.cost).sort((a, b) => b - a);
  const cost = costs.slice(0, threshold).reduce((sum, each) => sum + each, 0) +
    SUBCONDITION_COST * parts.length;
  if (cost > MAX_COST) return undefined;
  const contents = der(0x30, derUint(0x80, threshold), derSet(0xa1, parts.map((part) => part.der)));
  const subtypes = new Set<ConditionType>();
  for (const part of parts) {
    subtypes.add(part.type);
    for (const subtype of part.subtypes) subtypes.add(subtype);
  }
  subtypes.delete("threshold-sha-256");
  return new Condition("threshold-sha-256", sha256(contents), cost, subtypes);
}

/** The URI of the condition that `fulfillment` fulfills, as {@link conditionOf}. */
export function conditionUriOf(fulfillment: Fulfillment): string | undefined {
  return conditionOf(fulfillment)?.uri;
}

/**
 * The signatures that have to be right for `fulfillment` to be so, one after another; undefined in
 * place of one that is missing, or where a threshold has not exactly as many fulfilled parts as it
 * asks for, and at least one.
 */
export function* signaturesOf(
  fulfillment: Fulfillment,
): Generator<Ed25519Fulfillment | undefined, void, void> {
  if (fulfillment.type === "ed25519-sha-256") {
    yield fulfillment;
    return;
  }
  const { threshold, subfulfillments } = fulfillment;
  if (threshold < 1 || subfulfillments.length !== threshold) yield undefined;
  else for (const part of subfulfillments) yield* signaturesOf(part);
}

/** Whether one of {@linkcode signaturesOf} is there, and is one over `message`. */
export function isRightSignature(
  part: Ed25519Fulfillment | undefined,
  message: Uint8Array,
): boolean {
  return part?.signature !== undefined && verifyEd25519(part.publicKey, message, part.signature);
}
