import { z } from "zod";
import type { DescribedRoute } from "../../../web/described.ts";
import { modelSchema } from "../event/model_schema.ts";
import type { RestOperation } from "../rest/context.ts";
import { VALIDATION } from "../rest/forms.ts";

const ERROR = VALIDATION.title;

const json = (schema: object) => ({ "application/json": { schema } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** An operation of hierachain 0.2.0, at its path in the original's form. */
export interface OriginalOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: RestOperation & Required<Pick<RestOperation, "original">>;
}

/** Those of some routes that the original has. */
export function originals(routes: Iterable<DescribedRoute>): OriginalOperation[] {
  return [...routes].flatMap(({ method, path: declared, told }) => {
    const operation = told?.();
    if (operation === undefined || !isOriginal(operation)) return [];
    return [{ method, path: declared.replaceAll(/:(\w+)/g, "{$1}"), operation }];
  });
}

function isOriginal(operation: RestOperation): operation is OriginalOperation["operation"] {
  return operation.original !== undefined;
}

/** The API in the form of OpenAPI 3.1, with the original's names of operations and schemas. */
export function originalDocument(operations: readonly OriginalOperation[]): object {
  const paths: Record<string, Record<string, object>> = {};
  const schemas: Record<string, object> = { [ERROR]: VALIDATION };
  for (const each of operations) {
    const { method, path, operation: { original: { body } } } = each;
    (paths[path] ??= {})[method.toLowerCase()] = told(each);
    if (body !== undefined) schemas[body.name] = modelSchema(body);
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

function told({ method, path, operation }: OriginalOperation): object {
  const { does, original: { name, body } } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, part = ""]) => ({
    name: part,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = parametersOf(operation).map(([parameter, schema]) => ({
    name: parameter,
    in: "query",
    required: false,
    schema,
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

/** The parameters of a query that the original has, by name. */
export function parametersOf(
  { query, original: { lacks = [] } }: OriginalOperation["operation"],
): readonly (readonly [string, unknown])[] {
  const { properties = {} } = query instanceof z.ZodType
    ? z.toJSONSchema(query, { io: "input" })
    : {};
  return Object.entries(properties).filter(([name]) => !lacks.includes(name));
}
