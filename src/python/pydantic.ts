import { withoutSecrets } from "../kernel/secrets.ts";
import { pyBytesRepr } from "./bytes.ts";
import { isPyObject, PyFloat, type PyJson } from "./json.ts";
import { pyRepr } from "./str.ts";

/** What pydantic 2 says of a flaw, by its name for it. */
export const FLAW_MESSAGES = {
  bool_parsing: "Input should be a valid boolean, unable to interpret input",
  dict_type: "Input should be a valid dictionary",
  extra_forbidden: "Extra inputs are not permitted",
  float_parsing: "Input should be a valid number, unable to parse string as a number",
  float_type: "Input should be a valid number",
  int_parsing: "Input should be a valid integer, unable to parse string as an integer",
  int_parsing_size: "Unable to parse input string as an integer, exceeded maximum size",
  list_type: "Input should be a valid list",
  missing: "Field required",
  model_attributes_type: "Input should be a valid dictionary or object to extract fields from",
  string_type: "Input should be a valid string",
} as const;

/** What a schema refuses a value with that has one of these flaws. */
export function flawIssue(type: keyof typeof FLAW_MESSAGES) {
  return { code: "custom", message: FLAW_MESSAGES[type], params: { type } } as const;
}

/** One error of a validation, as pydantic 2.11 names and tells it. */
export interface Flaw {
  /** Where, as `START_STREAM.window_size`; undefined for the whole. */
  readonly path?: string;
  /** Pydantic's name for what is wrong. */
  readonly type: string;
  readonly message: string;
  readonly input: PyJson | Uint8Array;
}

/**
 * Flaws that an error lists; pydantic lists all. A client causes one of 200 characters with two of
 * its own.
 */
export const FLAWS_TOLD = 100;

/**
 * The text of pydantic's ValidationError of a model. `count` is how many flaws there are, where not
 * all are given.
 */
export function flawsText(model: string, flaws: readonly Flaw[], count = flaws.length): string {
  const errors = count === 1 ? "1 validation error" : `${count} validation errors`;
  return [`${errors} for ${model}`, ...flaws.slice(0, FLAWS_TOLD).map(textOf)].join("\n");
}

const SITE = "https://errors.pydantic.dev/2.11/v/";

function textOf({ path, type, message, input }: Flaw): string {
  const where = path === undefined ? "" : `${path}\n`;
  // Before it is cut: half of a secret is not known for one.
  const value = shortened(withoutSecrets(
    input instanceof Uint8Array ? pyBytesRepr(ends(input)) : pyRepr(input),
  ));
  const name = typeName(input);
  return `${where}  ${message} [type=${type}, input_value=${value}, input_type=${name}]\n` +
    `    For further information visit ${SITE}${type}`;
}

/** Pydantic shows the two ends of a long value. */
const LONGEST = 50;

/** The ends of many bytes, and the quotes among them all, which decide how `repr` quotes. */
function ends(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= 4 * LONGEST) return bytes;
  const quotes = [0x22, 0x27].filter((quote) => bytes.includes(quote));
  return Uint8Array.of(...bytes.subarray(0, LONGEST), ...quotes, ...bytes.subarray(-LONGEST));
}

function shortened(repr: string): string {
  // A character has one or two UTF-16 units: as many of either end are enough.
  const [first, last] = [[...repr.slice(0, 2 * LONGEST)], [...repr.slice(-2 * LONGEST)]];
  if (repr.length <= 2 * LONGEST && first.length <= LONGEST) return repr;
  const half = LONGEST / 2;
  return `${first.slice(0, half).join("")}...${last.slice(1 - half).join("")}`;
}

/** The name of a value's type in Python. */
function typeName(value: PyJson | Uint8Array): string {
  if (value instanceof Uint8Array) return "bytes";
  if (value === null) return "NoneType";
  if (value instanceof PyFloat) return "float";
  switch (typeof value) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "number":
    case "bigint":
      return "int";
  }
  return isPyObject(value) ? "dict" : "list";
}
