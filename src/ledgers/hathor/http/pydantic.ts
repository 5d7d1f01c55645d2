import { wholeNumberOf } from "./arguments.ts";

/** A field of a request, as the node's models have it. */
export interface IntegerField {
  readonly least: number;
  readonly most?: number;
  /** What stands for it where it is missing; an error where this is left out. */
  readonly fallback?: number;
}

/** What is wrong with a request, in the words of pydantic 2.11, which the node passes on. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  constructor(model: string, problems: readonly string[]) {
    const count = problems.length === 1
      ? "1 validation error"
      : `${problems.length} validation errors`;
    super([`${count} for ${model}`, ...problems].join("\n"));
  }
}

/**
 * Whole numbers among the arguments of a request.
 *
 * @throws {ModelError} for all that are none, or too small, or too large
 */
export function readIntegers<const N extends string>(
  model: string,
  find: (name: string) => string | undefined,
  fields: Readonly<Record<N, IntegerField>>,
): Record<N, number> {
  const problems: string[] = [];
  const read: Partial<Record<N, number>> = {};
  // The fields are the caller's own, so each key is one of their names.
  for (const [name, field] of Object.entries<IntegerField>(fields) as [N, IntegerField][]) {
    const value = readInteger(find(name), field);
    if (typeof value === "number") read[name] = value;
    else problems.push(`${name}\n  ${value.text}\n${MORE}${value.type}`);
  }
  if (problems.length > 0) throw new ModelError(model, problems);
  // Whatever was not read is a problem.
  return read as Record<N, number>;
}

const MORE = "    For further information visit https://errors.pydantic.dev/2.11/v/";

interface Problem {
  readonly type: string;
  readonly text: string;
}

function readInteger(text: string | undefined, field: IntegerField): number | Problem {
  const { least, most = Infinity, fallback } = field;
  if (text === undefined) {
    if (fallback !== undefined) return fallback;
    return problem("missing", "Field required", "{}", "dict");
  }
  const shown = `'${text}'`;
  const value = wholeNumberOf(text);
  if (value === undefined) {
    const words = "Input should be a valid integer, unable to parse string as an integer";
    return problem("int_parsing", words, shown, "str");
  }
  if (value < least) {
    const words = `Input should be greater than or equal to ${least}`;
    return problem("greater_than_equal", words, shown, "str");
  }
  if (value > most) {
    const words = `Input should be less than or equal to ${most}`;
    return problem("less_than_equal", words, shown, "str");
  }
  return value;
}

function problem(type: string, words: string, input: string, inputType: string): Problem {
  return { type, text: `${words} [type=${type}, input_value=${input}, input_type=${inputType}]` };
}
