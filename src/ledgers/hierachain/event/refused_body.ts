import { hidingSecrets } from "../../../kernel/secrets.ts";
import type { Steps } from "../../../kernel/steps.ts";
import { type PyJson, PyJsonWriteError, type PyObject } from "../../../python/json.ts";
import { isLong } from "../../../python/json_walk.ts";
import { encodable, writePartOfRest } from "../../../python/json_write.ts";
import { writing } from "../../../python/json_write_steps.ts";
import { FLAW_MESSAGES } from "../../../python/pydantic.ts";
import type { FieldError } from "./event_fields.ts";

/** The outcome for a body that is refused. */
export type RefusedBody =
  /** Not valid: `pieces` are the response's exact text, but for what is secret. */
  | { readonly ok: false; readonly status: 422; readonly pieces: readonly string[] }
  /** Not even text, or beyond what Python's parser takes: `message` for the error body. */
  | { readonly ok: false; readonly status: 400; readonly message: string }
  /**
   * Where the original fails with an unhandled exception of this text: `details` that cannot be
   * put in a block (an integer beyond 64 bits, a lone surrogate, deeper than 254), or a 422 whose
   * echo of the input cannot be put in JSON (NaN, an infinity, a lone surrogate).
   */
  | { readonly ok: false; readonly status: 500; readonly cause: string };

/** Characters of a piece of the text, long inputs left out. */
const PIECE = 16 * 1024;

/** The text of an input that is long, which many errors may repeat: as it is, and without secrets. */
interface LongInput {
  readonly text: string;
  readonly shown: string;
}

/** The answer to a body whose fields have flaws, as pydantic tells them, without secrets. */
export function* refusing(errors: readonly FieldError[]): Steps<RefusedBody> {
  try {
    const parts = yield* partsOf(errors);
    const texts = parts.map((part) => typeof part === "string" ? part : part.text);
    // The complaint counts from the beginning of all.
    if (!texts.every((text) => text.isWellFormed())) encodable(texts.join(""));
    const pieces: string[] = [];
    for (const part of parts) {
      pieces.push(typeof part === "string" ? yield* hidingSecrets(part) : part.shown);
    }
    return { ok: false, status: 422, pieces };
  } catch (error) {
    return writeFailure(error);
  }
}

/** The outcome where something cannot be written as JSON; throws what is something else. */
export function writeFailure(error: unknown): RefusedBody {
  if (!(error instanceof PyJsonWriteError)) throw error;
  return { ok: false, status: 500, cause: error.message };
}

/** What is told of errors, in the order of the text: pieces that each end with an error, or an input. */
function* partsOf(errors: readonly FieldError[]): Steps<(string | LongInput)[]> {
  const long = new Map<PyJson, LongInput>();
  const parts: (string | LongInput)[] = [];
  let piece = '{"detail":[';
  for (const [at, error] of errors.entries()) {
    const { input } = error;
    const { before, after } = around(error);
    piece += at === 0 ? before : `,${before}`;
    let told = long.get(input);
    if (told === undefined && isLong(input)) long.set(input, told = yield* tellingLong(input));
    if (told === undefined) piece += writePartOfRest(input) + after;
    else {
      parts.push(piece, told);
      piece = after;
    }
    if (piece.length < PIECE) continue;
    yield piece.length;
    parts.push(piece);
    piece = "";
  }
  return [...parts, `${piece}]}`];
}

function* tellingLong(input: PyJson): Steps<LongInput> {
  const text = yield* writing(input, "part");
  return { text, shown: yield* hidingSecrets(text) };
}

/** What stands before and behind the input in the text of an error. */
function around(error: FieldError): { readonly before: string; readonly after: string } {
  const { type } = error;
  const head = { type, loc: ["body", ...error.loc], msg: messageOf(error) };
  const context = contextOf(error);
  return {
    before: `${writePartOfRest(head).slice(0, -1)},"input":`,
    after: context === undefined ? "}" : `,"ctx":${writePartOfRest(context)}}`,
  };
}

function messageOf(error: FieldError): string {
  switch (error.type) {
    case "value_error":
      return `Value error, ${error.message}`;
    case "string_too_short":
    case "string_too_long": {
      const which = error.type === "string_too_long" ? "at most" : "at least";
      return `String should have ${which} ${error.bound} character${error.bound === 1 ? "" : "s"}`;
    }
    default:
      return FLAW_MESSAGES[error.type];
  }
}

function contextOf(error: FieldError): PyObject | undefined {
  switch (error.type) {
    case "value_error":
      return { error: {} };
    case "string_too_short":
      return { min_length: error.bound };
    case "string_too_long":
      return { max_length: error.bound };
    default:
      return undefined;
  }
}
