import type { Steps } from "../../../kernel/steps.ts";
import {
  isPyArray,
  isPyObject,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";
import { walking } from "../../../python/json_walk.ts";
import { MAX_CANONICAL_NESTING } from "../../../python/json_write.ts";
import { writing } from "../../../python/json_write_steps.ts";

/** How many containers may stand inside each other in `details`, itself included. */
const MAX_DETAILS_NESTING = 10;

/** How many bytes `details` may take as orjson writes it. */
const MAX_DETAILS_BYTES = 1024 * 1024;

/** The body of `POST /api/ledger/chains/{chain}/events`, validated. Absent fields are null. */
export interface EventBody {
  readonly entityId: string;
  readonly eventType: string;
  readonly details: PyObject | null;
  readonly detailsCid: string | null;
  readonly detailsNonce: string | null;
  readonly detailsMetadata: PyObject | null;
  readonly sender: string | null;
  readonly signature: string | null;
}

/** One thing wrong with a body, as pydantic names it. */
export type FieldError =
  | {
    readonly type:
      | "dict_type"
      | "extra_forbidden"
      | "float_parsing"
      | "float_type"
      | "list_type"
      | "missing"
      | "model_attributes_type"
      | "string_type";
    readonly loc: readonly (string | number)[];
    readonly input: PyJson;
  }
  | {
    readonly type: "string_too_short" | "string_too_long";
    readonly loc: readonly string[];
    readonly input: PyJson;
    readonly bound: number;
  }
  | {
    readonly type: "value_error";
    readonly loc: readonly string[];
    readonly input: PyJson;
    readonly message: string;
  };

/**
 * Checks the fields of an event request in the order of the original's schema (hierachain 0.2.0,
 * api/ledger/schemas.py's rules as measured). `request` is only good when `errors` is empty.
 *
 * @param textLength how long the body's text was: it bounds the size of `details` from above
 * @throws {PyJsonWriteError} orjson cannot write `details`
 */
export function* validatingEventFields(
  body: PyObject,
  textLength: number,
): Steps<{ request: EventBody; errors: FieldError[] }> {
  const fields = new Fields(body);
  const request: EventBody = {
    entityId: fields.requiredText("entity_id"),
    eventType: fields.requiredText("event_type"),
    details: yield* fields.object("details", (details) => detailsFault(details, textLength)),
    detailsCid: fields.text("details_cid", cidFault),
    detailsNonce: fields.nonce("details_nonce"),
    detailsMetadata: yield* fields.object("details_metadata", noFault),
    sender: fields.text("sender", (value) => cryptoFault("sender", value)),
    signature: fields.text("signature", (value) => cryptoFault("signature", value)),
  };
  return { request, errors: fields.errors };
}

/** Reads fields one by one and gathers what is wrong with them. */
class Fields {
  readonly errors: FieldError[] = [];
  #cid: string | null = null;

  constructor(readonly body: PyObject) {}

  requiredText(name: string): string {
    const input = valueAt(this.body, name);
    if (typeof input === "string") return input;
    this.errors.push(
      input === undefined
        ? { type: "missing", loc: [name], input: this.body }
        : { type: "string_type", loc: [name], input },
    );
    return "";
  }

  text(name: string, fault: (value: string) => string | undefined): string | null {
    const input = valueAt(this.body, name) ?? null;
    if (input === null) return null;
    if (typeof input !== "string") {
      this.errors.push({ type: "string_type", loc: [name], input });
      return null;
    }
    const message = fault(input);
    if (message !== undefined) {
      this.errors.push({ type: "value_error", loc: [name], input, message });
      return null;
    }
    if (name === "details_cid") this.#cid = input;
    return input;
  }

  /** The nonce is demanded beside a content identifier only where the body names it at all. */
  nonce(name: string): string | null {
    if (this.#cid !== null && valueAt(this.body, name) === null) {
      const message = nonceFault(name, null, true) ?? "";
      this.errors.push({ type: "value_error", loc: [name], input: null, message });
      return null;
    }
    return this.text(name, (value) => nonceFault(name, value, this.#cid !== null));
  }

  *object(
    name: string,
    fault: (value: PyObject) => Steps<string | undefined>,
  ): Steps<PyObject | null> {
    const input = valueAt(this.body, name) ?? null;
    if (input === null) return null;
    if (!isPyObject(input)) {
      this.errors.push({ type: "dict_type", loc: [name], input });
      return null;
    }
    const message = yield* fault(input);
    if (message === undefined) return input;
    this.errors.push({ type: "value_error", loc: [name], input, message });
    return null;
  }
}

function* noFault(): Steps<undefined> {}

/** What Python's `bytes.fromhex` takes: pairs of digits with ASCII spaces around pairs. */
export const HEX = /^(?:[ \t-\r]*[0-9a-fA-F]{2})*[ \t-\r]*$/;

/** What is wrong with a nonce, which has to stand beside a content identifier. */
export function nonceFault(
  name: string,
  value: string | null,
  hasCid: boolean,
): string | undefined {
  if (hasCid && !value) {
    return `${name} is required when ${name.replace(/nonce$/, "cid")} is provided`;
  }
  if (value === null) return undefined;
  if (!HEX.test(value)) return `${name} must be a valid hex string`;
  return value.length === 24 ? undefined : `${name} must be 24 hex characters (12 bytes)`;
}

/** What is wrong with a content identifier. */
export function cidFault(value: string): string | undefined {
  if (!value.startsWith("Qm") && !value.startsWith("b")) {
    return 'Invalid IPFS CID format. CID should start with "Qm" (v0) or "b" (ledger)';
  }
  // In code points, which is what Python counts: each is two units at the most.
  return [...value.slice(0, 92)].length < 46 ? "Invalid IPFS CID: too short" : undefined;
}

function cryptoFault(name: string, value: string): string | undefined {
  const hex = value.startsWith("0x") ? value.slice(2) : value;
  if (!HEX.test(hex)) return `${name} must be a valid hex string`;
  return hex.length < 64 ? `${name} too short for cryptographic verification` : undefined;
}

/** No JSON text grows more than this many times when orjson writes it anew (`1e15` does most). */
const MAX_GROWTH = 5;

/** The most bytes of UTF-8 that one UTF-16 unit can stand for. */
const BYTES_PER_UNIT = 3;

/**
 * What is wrong with `details`.
 *
 * @throws {PyJsonWriteError} orjson cannot write them
 */
export function* detailsFault(
  details: PyObject,
  textLength: number,
): Steps<string | undefined> {
  const found = yield* sizeFault(details, textLength);
  if (typeof found === "string") return found;
  return found > MAX_DETAILS_NESTING
    ? `Event details are too deeply nested (max depth ${MAX_DETAILS_NESTING})`
    : undefined;
}

/**
 * What is wrong with the size of `details`, else how many containers stand inside each other.
 *
 * @throws {PyJsonWriteError} orjson cannot write them
 */
export function* sizeFault(
  details: PyObject,
  textLength: number,
): Steps<string | number> {
  const found: Findings = { nesting: 0, odd: false };
  enter(0, found);
  yield* walking(details, (value, key, depth) => look(value, key, depth, found));
  const perhapsLarge = textLength * MAX_GROWTH * BYTES_PER_UNIT > MAX_DETAILS_BYTES;
  if (found.odd || perhapsLarge) {
    // Throws where orjson would, which in the original comes before either fault.
    const text = yield* writing(details, "insertion");
    if (perhapsLarge && new TextEncoder().encode(text).length > MAX_DETAILS_BYTES) {
      return "Event details exceed 1MB size limit";
    }
  }
  return found.nesting;
}

interface Findings {
  nesting: number;
  /** Whether there is anything that orjson might refuse. */
  odd: boolean;
}

function look(
  value: PyJson,
  key: string | undefined,
  depth: number,
  found: Findings,
): boolean {
  if (key?.isWellFormed() === false) found.odd = true;
  if (typeof value === "string") {
    if (!value.isWellFormed()) found.odd = true;
  } else if (typeof value === "bigint") {
    found.odd = true;
  } else if (isPyArray(value) || isPyObject(value)) {
    enter(depth, found);
  }
  return true;
}

function enter(depth: number, found: Findings): void {
  if (depth >= found.nesting) found.nesting = depth + 1;
  if (depth >= MAX_CANONICAL_NESTING) found.odd = true;
}
