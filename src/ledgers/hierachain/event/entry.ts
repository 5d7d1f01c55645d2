import { PyFloat, type PyObject, valueAt } from "../../../python/json.ts";
import { writing } from "../../../python/json_write_steps.ts";
import type { NewEvent } from "../../../log/event.ts";
import type { Steps } from "../../../kernel/steps.ts";
import { leafPreimage, restEventText, writingLeaf, writingRest } from "../block/block_hash.ts";
import { eventId, eventIdOfText, withEventId } from "./event_id.ts";
import { leafHash } from "../block/merkle.ts";
import { EVENT_TYPE, SIGNED, SIGNED_EVENT, typeKey } from "./event_types.ts";
import type { EventFacts } from "./event_facts.ts";
import { blankFieldViolation, type RuleViolation, wordRuleViolation } from "./word_rule.ts";

/**
 * Where REST's and the hash's text of a float can differ: below 1e-4 Python writes an exponent of
 * two digits, orjson either none or one digit.
 */
const MAY_DIFFER = /0\.0000|\de-/;

/** A rule that an event breaks; it is refused before anything is written. */
export class RuleViolationError extends Error {
  override readonly name = "RuleViolationError";
  readonly violation: RuleViolation;

  constructor(violation: RuleViolation) {
    super(
      violation.rule === "blank_field"
        ? `Rule 'blank_field' refused the event: ${violation.field} is blank`
        : `Rule '${violation.rule}' refused the event: '${violation.term}' in ${violation.field}`,
    );
    this.violation = violation;
  }
}

/**
 * A stored event, ready for the log: with its id, its text as REST shows it, and what rows need of
 * it; made a step at a time. A signed event is found by the type that it was signed with. Throws
 * {@linkcode RuleViolationError}, and `PyJsonWriteError` for what no block can hold.
 */
export function* entrySteps(
  chain: string,
  event: PyObject,
  seconds: number,
  signedType?: string,
): Steps<NewEvent> {
  const blank = blankFieldViolation(event);
  if (blank !== undefined) throw new RuleViolationError(blank);
  const text = yield* writing(event, "insertion");
  yield text.length;
  const identified = withEventId(event, eventIdOfText(chain, text, seconds));
  const canonical = yield* writingLeaf(identified);
  yield canonical.length;
  const violation = wordRuleViolation(event, canonical);
  if (violation !== undefined) throw new RuleViolationError(violation);
  yield EVENT_COST + canonical.length;
  const data = MAY_DIFFER.test(canonical) ? yield* writingRest(identified) : canonical;
  return storedEntry(identified, leafHash(canonical), data, signedType);
}

/** The cost of an event beside its characters, in characters. */
const EVENT_COST = 512;

/** An event of the ledger itself: the rules for users' words do not apply to it. */
export function systemEntry(
  chain: string,
  entityId: string,
  event: string,
  seconds: number,
  rest: PyObject,
): NewEvent {
  const stored: PyObject = {
    entity_id: entityId,
    event,
    timestamp: new PyFloat(seconds),
    ...rest,
  };
  const identified = withEventId(stored, eventId(chain, stored, seconds));
  const canonical = leafPreimage(identified);
  const data = MAY_DIFFER.test(canonical) ? restEventText(identified) : canonical;
  return storedEntry(identified, leafHash(canonical), data);
}

/**
 * An event of a block that another node has made, ready for the log: it is there, whatever rules hold
 * here.
 *
 * @param leaf the hash of its canonical text
 * @param data its text as REST shows it
 */
export function nodeEntry(event: PyObject, leaf: string, data: string): NewEvent {
  const isSigned = valueAt(event, "event") === SIGNED_EVENT;
  const signedType = isSigned ? valueAt(event, "event_type") : undefined;
  return storedEntry(event, leaf, data, typeof signedType === "string" ? signedType : undefined);
}

function storedEntry(
  event: PyObject,
  leaf: string,
  data: string,
  signedType?: string,
): NewEvent {
  const eventType = String(valueAt(event, "event"));
  const memo: EventFacts = { entityId: String(valueAt(event, "entity_id")), eventType, leaf };
  const keys = signedType === undefined ? [typeKey(eventType)] : [typeKey(signedType), SIGNED];
  return { type: EVENT_TYPE, keys, data, memo };
}
