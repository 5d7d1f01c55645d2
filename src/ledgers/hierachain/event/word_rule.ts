import {
  entriesOf,
  isPyObject,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";
import { writeCanonicalJson } from "../../../python/json_write.ts";
import { pyStr } from "../../../python/str.ts";

/** Why the original would drop an event, or the whole block it stands in. */
export interface RuleViolation {
  /**
   * - `no_cryptocurrency_terms`: a forbidden word; the original drops the block.
   * - `forbidden_event_type`: a forbidden event name; the original drops the block.
   * - `blank_field`: an identifier or a name of nothing but spaces; the original drops the event.
   */
  readonly rule: "no_cryptocurrency_terms" | "forbidden_event_type" | "blank_field";
  /** Where: a top-level key of the stored event, or `details.` and a key. */
  readonly field: string;
  /** The word or the name found; empty for `blank_field`. */
  readonly term: string;
}

/**
 * Every event the rule can refuse has one of these somewhere in its canonical text, since letters
 * stand for themselves there. The Kelvin sign is a `k` once in lower case.
 */
const SUSPICIOUS = /transaction|mining|coin|to[k\u212a]en|wallet|fee/i;

/** The words, as whole words in Python's sense, in text that is in lower case already. */
const TERM = /(?<![\p{L}\p{N}_])(?:transaction|mining|coin|token|wallet|fee)(?![\p{L}\p{N}_])/u;

const FORBIDDEN_EVENT_TYPES: ReadonlySet<string> = new Set([
  "transaction",
  "mining",
  "coin_transfer",
  "wallet_update",
]);

/** Keys whose values are not read, at the top level and directly under `details` alike. */
const EXEMPT: ReadonlySet<string> = new Set([
  "authority_signature",
  "signature",
  "hash",
  "proof_hash",
  "zk_proof",
  "merkle_root",
  "previous_state",
  "current_state",
  "details",
  "event",
  "timestamp",
]);

/**
 * The word rule of hierachain 0.2.0 (consensus/base_consensus.py and proof_of_authority.py as
 * measured) on a stored event, or undefined when it passes.
 *
 * @param canonicalText the event's canonical text where the caller has it already
 */
export function wordRuleViolation(
  event: PyObject,
  canonicalText: string = writeCanonicalJson(event),
): RuleViolation | undefined {
  return SUSPICIOUS.test(canonicalText) ? closeLook(event) : undefined;
}

function closeLook(event: PyObject): RuleViolation | undefined {
  const name = valueAt(event, "event") ?? "";
  const details = valueAt(event, "details");
  return violation("event", name) ??
    (isPyObject(details) ? firstViolation(details, "details.") : undefined) ??
    (typeof details === "string" ? violation("details", details) : undefined) ??
    firstViolation(event, "") ??
    (typeof name === "string" && FORBIDDEN_EVENT_TYPES.has(name)
      ? { rule: "forbidden_event_type", field: "event", term: name }
      : undefined);
}

function firstViolation(object: PyObject, prefix: string): RuleViolation | undefined {
  for (const [key, value] of entriesOf(object)) {
    if (EXEMPT.has(key)) continue;
    const found = violation(prefix + key, value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function violation(field: string, value: PyJson): RuleViolation | undefined {
  const term = TERM.exec(pyStr(value).toLowerCase())?.[0];
  return term === undefined ? undefined : { rule: "no_cryptocurrency_terms", field, term };
}

// deno-lint-ignore no-control-regex -- the control characters Python counts as spaces
const BLANK = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/;

/**
 * The rule that `entity_id` and `event` hold more than spaces (hierachain 0.2.0,
 * consensus/ordering/certifier.py as measured), or undefined when they do.
 */
export function blankFieldViolation(event: PyObject): RuleViolation | undefined {
  for (const field of ["entity_id", "event"]) {
    const value = valueAt(event, field);
    if (typeof value !== "string" || BLANK.test(value)) {
      return { rule: "blank_field", field, term: "" };
    }
  }
  return undefined;
}
