import type { Field, FieldKind, Model } from "../event/model.ts";
import { type Operation, OPERATIONS, type Parameter } from "./operations.ts";

const ERROR = "HTTPValidationError";

const json = (schema: object) => ({ "application/json": { schema } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The API in the form of OpenAPI 3.1, with the original's names of operations and schemas. */
export function openapi(): object {
  const paths: Record<string, Record<string, object>> = {};
  const schemas: Record<string, object> = { [ERROR]: VALIDATION };
  for (const operation of OPERATIONS) {
    const { path, method, body } = operation;
    (paths[path] ??= {})[method.toLowerCase()] = described(operation);
    if (body !== undefined) schemas[body.name] = schemaOf(body);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "HieraChain Ledger API",
      description: "The REST API of hierachain 0.2.0, as this server has it",
      version: "ledger",
    },
    paths,
    components: { schemas },
  };
}

function described({ method, path, name, does, query = {}, body }: Operation): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, part = ""]) => ({
    name: part,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query).map(([parameter, shape]) => ({
    name: parameter,
    in: "query",
    required: false,
    schema: parameterSchema(shape),
  }));
  const parameters = [...inPath, ...inQuery];
  const isChecked = parameters.length > 0 || body !== undefined;
  return {
    summary: does,
    operationId: `${name}${path.replace(/\W/g, "_")}_${method.toLowerCase()}`,
    ...parameters.length > 0 && { parameters },
    ...body && { requestBody: { required: true, content: json(reference(body.name)) } },
    responses: {
      "200": { description: "It went well", content: json({}) },
      ...isChecked && {
        "422": { description: "What was sent is not valid", content: json(reference(ERROR)) },
      },
    },
  };
}

function parameterSchema({ type, standard }: Parameter): object {
  if (standard !== undefined) return { type, default: standard };
  return { anyOf: [{ type }, { type: "null" }] };
}

const KINDS: Readonly<Record<FieldKind, object>> = {
  text: { type: "string" },
  texts: { type: "array", items: { type: "string" } },
  object: { type: "object", additionalProperties: true },
  number: { type: "number" },
};

function schemaOf({ name, fields, isStrict }: Model): object {
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

function fieldSchema({ kind, isOptional, least, most }: Field): object {
  const type = {
    ...KINDS[kind],
    ...least !== undefined && { minLength: least },
    ...most !== undefined && { maxLength: most },
  };
  return isOptional ? { anyOf: [type, { type: "null" }] } : type;
}

const VALIDATION = {
  title: ERROR,
  type: "object",
  properties: {
    detail: {
      type: "array",
      items: {
        type: "object",
        required: ["loc", "msg", "type"],
        properties: {
          loc: { type: "array", items: { anyOf: [{ type: "string" }, { type: "integer" }] } },
          msg: { type: "string" },
          type: { type: "string" },
        },
      },
    },
  },
};
