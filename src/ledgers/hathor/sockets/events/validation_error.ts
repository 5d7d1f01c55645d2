import { isPyObject, PyFloat, type PyJson } from "../../../../crypto/python_json.ts";
import { pythonBytesRepr } from "../../../../crypto/python_bytes.ts";
import { pythonRepr } from "../../../../crypto/python_str.ts";

/** What is wrong with one part of a request, in the words of pydantic 2.11. */
export interface Flaw {
  /** Where, as `START_STREAM.window_size`; undefined for the request as a whole. */
  readonly path?: string;
  /** Pydantic's name for what is wrong. */
  readonly type: string;
  readonly message: string;
  readonly input: PyJson | Uint8Array;
}

/** A request that is none, with the text of its answer. */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
  constructor(flaws: readonly Flaw[]) {
    const count = flaws.length === 1 ? "1 validation error" : `${flaws.length} validation errors`;
    super([`${count} for RequestWrapper`, ...flaws.map(textOf)].join("\n"));
  }
}

const SITE = "https://errors.pydantic.dev/2.11/v/";

function textOf({ path, type, message, input }: Flaw): string {
  const where = path === undefined ? "" : `${path}\n`;
  const value = shortened(input instanceof Uint8Array ? pythonBytesRepr(input) : pythonRepr(input));
  return `${where}  ${message} [type=${type}, input_value=${value}, input_type=${
    nameOf(input)
  }]\n` +
    `    For further information visit ${SITE}${type}`;
}

/** Pydantic shows the two ends of a long value. */
const LONGEST = 50;

function shortened(repr: string): string {
  const characters = [...repr];
  if (characters.length <= LONGEST) return repr;
  const half = LONGEST / 2;
  return `${characters.slice(0, half).join("")}...${characters.slice(1 - half).join("")}`;
}

/** What Python calls a value's type. */
function nameOf(value: PyJson | Uint8Array): string {
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
