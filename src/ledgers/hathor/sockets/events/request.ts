import {
  entriesOf,
  isPyObject,
  PyFloat,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../../python/json.ts";
import { parsePyJson } from "../../../../python/json_parse.ts";
import { pyStr } from "../../../../python/str.ts";
import { type Flaw, FLAW_MESSAGES, FLAWS_TOLD } from "../../../../python/pydantic.ts";
import { jsonFlaw, jsonSyntaxError, mayBeFlawed } from "./json_syntax.ts";
import { ValidationError } from "./validation_error.ts";

/** Which events a stream is for. An event has to pass each part that is given. */
export interface EventFilter {
  /** Types of events. */
  readonly types: readonly string[] | undefined;
  /** Addresses, one of which the event's vertex has to pay to or spend from. */
  readonly addresses: readonly string[] | undefined;
  /** Uids of tokens, one of which the event's vertex has to move; `00` is HTR. */
  readonly tokens: readonly string[] | undefined;
}

/** What a client of `/event_ws` asks for. */
export type EventRequest =
  | {
    readonly type: "START_STREAM";
    readonly lastAck: number | undefined;
    readonly window: number;
    /** Not in the original. */
    readonly filter: EventFilter | undefined;
  }
  | { readonly type: "ACK"; readonly ack: number; readonly window: number }
  | { readonly type: "STOP_STREAM" };

const TYPES = ["START_STREAM", "ACK", "STOP_STREAM"] as const;
type RequestType = typeof TYPES[number];

/**
 * Reads a request. As in the original integers may be text, and a name that it does not know is
 * refused.
 *
 * @throws {ValidationError} text that is no request
 */
export function readEventRequest(text: string): EventRequest {
  const value = parsed(text);
  if (!isPyObject(value)) {
    const message = "Input should be an object";
    throw new ValidationError([{ type: "dict_type", message, input: value }]);
  }
  const type = typeOf(value);
  const fields = new Fields(type, value);
  switch (type) {
    case "START_STREAM": {
      const lastAck = fields.optionalCount("last_ack_event_id");
      const window = fields.count("window_size");
      const filter = {
        types: fields.texts("event_types"),
        addresses: fields.texts("addresses"),
        tokens: fields.texts("tokens"),
      };
      fields.end();
      const isFiltered = Object.values(filter).some((part) => part !== undefined);
      return { type, lastAck, window, filter: isFiltered ? filter : undefined };
    }
    case "ACK": {
      const ack = fields.count("ack_event_id");
      const window = fields.count("window_size");
      fields.end();
      return { type, ack, window };
    }
    case "STOP_STREAM":
      fields.end();
      return { type };
  }
}

function parsed(text: string): PyJson {
  let value: PyJson;
  try {
    value = parsePyJson(text);
  } catch {
    throw noJson(text, jsonSyntaxError(text));
  }
  const flaw = mayBeFlawed(text) ? jsonFlaw(text) : undefined;
  if (flaw !== undefined) throw noJson(text, flaw);
  return value;
}

function noJson(text: string, why: string): ValidationError {
  const input = new TextEncoder().encode(text);
  return new ValidationError([{ type: "json_invalid", message: `Invalid JSON: ${why}`, input }]);
}

function typeOf(value: PyObject): RequestType {
  const tag = valueAt(value, "type");
  if (tag === undefined) {
    const message = "Unable to extract tag using discriminator 'type'";
    throw new ValidationError([{ type: "union_tag_not_found", message, input: value }]);
  }
  const known = TYPES.find((type) => type === tag);
  if (known !== undefined) return known;
  const expected = TYPES.map((type) => `'${type}'`).join(", ");
  const message = `Input tag '${pyStr(tag)}' found using 'type' does not match any of the ` +
    `expected tags: ${expected}`;
  throw new ValidationError([{ type: "union_tag_invalid", message, input: value }]);
}

/** Digits of the longest integer that is read from text. */
const MOST_DIGITS = 4_300;

const INTEGER_TEXT = /^[+-]?\d+(?:_\d+)*(?:\.0+)?$/;

/** Reads the fields of one request, and counts all that is wrong with them. */
class Fields {
  /** Those that are told of. */
  readonly #flaws: Flaw[] = [];
  #count = 0;
  readonly #read = new Set(["type"]);

  constructor(readonly type: RequestType, readonly value: PyObject) {}

  count(name: string): number {
    const input = this.#take(name);
    if (input !== undefined) return this.#countOf(name, input);
    this.#flaw(name, "missing", FLAW_MESSAGES.missing, this.value);
    return 0;
  }

  optionalCount(name: string): number | undefined {
    const input = this.#take(name) ?? null;
    return input === null ? undefined : this.#countOf(name, input);
  }

  /** A list of texts; undefined where it is left out. */
  texts(name: string): readonly string[] | undefined {
    const input = this.#take(name) ?? null;
    if (input === null) return undefined;
    if (!Array.isArray(input)) {
      this.#flaw(name, "list_type", "Input should be a valid list", input);
      return undefined;
    }
    const texts: string[] = [];
    for (const [index, item] of input.entries()) {
      if (typeof item === "string") texts.push(item);
      else this.#flaw(`${name}.${index}`, "string_type", FLAW_MESSAGES.string_type, item);
    }
    return texts;
  }

  /** @throws {ValidationError} when anything was wrong, or is left */
  end(): void {
    for (const [name, input] of entriesOf(this.value)) {
      if (this.#read.has(name)) continue;
      this.#flaw(name, "extra_forbidden", FLAW_MESSAGES.extra_forbidden, input);
    }
    if (this.#count > 0) throw new ValidationError(this.#flaws, this.#count);
  }

  #take(name: string): PyJson | undefined {
    this.#read.add(name);
    return valueAt(this.value, name);
  }

  #countOf(name: string, input: PyJson): number {
    const integer = this.#integerOf(name, input);
    if (integer === undefined) return 0;
    if (integer < 0) {
      const message = "Input should be greater than or equal to 0";
      this.#flaw(name, "greater_than_equal", message, input);
    }
    return Number(integer);
  }

  #integerOf(name: string, input: PyJson): number | bigint | undefined {
    const valid = "Input should be a valid integer";
    if (typeof input === "number" || typeof input === "bigint") return input;
    if (typeof input === "boolean") return Number(input);
    if (typeof input === "string") {
      const text = input.trim();
      if (text.length > MOST_DIGITS) {
        this.#flaw(name, "int_parsing_size", FLAW_MESSAGES.int_parsing_size, input);
        return undefined;
      }
      if (INTEGER_TEXT.test(text)) {
        return BigInt(text.replace(/^\+|_|\.0+$/g, ""));
      }
      this.#flaw(name, "int_parsing", FLAW_MESSAGES.int_parsing, input);
      return undefined;
    }
    if (!(input instanceof PyFloat)) {
      this.#flaw(name, "int_type", valid, input);
      return undefined;
    }
    if (Number.isInteger(input.value)) return input.value;
    if (Number.isFinite(input.value)) {
      this.#flaw(name, "int_from_float", `${valid}, got a number with a fractional part`, input);
    } else {
      this.#flaw(name, "finite_number", "Input should be a finite number", input);
    }
    return undefined;
  }

  #flaw(name: string, type: string, message: string, input: PyJson): void {
    if (this.#count++ >= FLAWS_TOLD) return;
    this.#flaws.push({ path: `${this.type}.${name}`, type, message, input });
  }
}
