import type { JsonSchema } from "../../../web/operation.ts";
import type { Field, FieldKind, Model } from "./model.ts";

const KINDS: Readonly<Record<FieldKind, JsonSchema>> = {
  text: { type: "string" },
  texts: { type: "array", items: { type: "string" } },
  object: { type: "object", additionalProperties: true },
  number: { type: "number" },
};

/** JSON Schema of a body. */
export function modelSchema({ name, fields, isStrict }: Model): JsonSchema {
  const all = Object.entries(fields);
  return {
    title: name,
    type: "object",
    properties: Object.fromEntries(all.map(([field, shape]) => [field, fieldSchema(shape)])),
    required: all.filter(([, { isOptional, standard }]) => !isOptional && standard === undefined)
      .map(([field]) => field),
    ...isStrict && { additionalProperties: false },
  };
}

function fieldSchema({ kind, isOptional, least, most }: Field): JsonSchema {
  const type = {
    ...KINDS[kind],
    ...least !== undefined && { minLength: least },
    ...most !== undefined && { maxLength: most },
  };
  return isOptional ? { anyOf: [type, { type: "null" }] } : type;
}
