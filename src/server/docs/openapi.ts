import { Pace } from "../../kernel/turn.ts";
import { STATUS_TEXT } from "@std/http/status";
import type { Answer, MediaTypes, RouteOperation, Webhook } from "../../web/operation.ts";
import { inJson } from "../../web/operation.ts";
import { type DescribedPart, operationsOf, type PlacedOperation } from "./place.ts";
import type { DescribedPort } from "./place.ts";
import { type Member, SchemaBook } from "./schema_book.ts";
import { VERSION } from "../../kernel/version.ts";

/** What any route may answer, in its ledger's form of an error; with a key it needs the first two. */
const KEYED = [401, 403];
const ALWAYS = [429, 503];
/** What one may that takes a body. */
const OF_BODIES = [413, 507];

/** Keys, where a server asks for one; `{}` says that there may be none. */
const SECURITY = [{ bearer: [] }, { key: [] }, {}];

/** The HTTP of a port as OpenAPI 3.1 has it. */
export async function openapiOf(port: DescribedPort): Promise<object> {
  const book = new SchemaBook("draft-2020-12");
  const responses: Record<string, object> = {};
  const paths: Record<string, Record<string, object>> = {};
  const placed = operationsOf(port);
  const turns = new Pace(1);
  for (const each of placed) {
    if (turns.isDue) await turns.give();
    (paths[each.path] ??= {})[each.method] = operationObject(each, book, responses);
  }
  const parts = port.parts.filter((part) => placed.some((each) => each.part === part));
  return {
    openapi: "3.1.0",
    info: {
      title: port.title,
      version: VERSION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    // Relative to the document, so that it is right behind any proxy and any path.
    servers: [{ url: "." }],
    tags: parts.map(({ name, title }) => ({ name, description: title })),
    paths,
    components: {
      schemas: book.named,
      responses,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "Where the server needs keys" },
        key: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
    },
  };
}

function operationObject(
  { method, path, parts, operation, part, sameAs }: PlacedOperation,
  book: SchemaBook,
  responses: Record<string, object>,
): object {
  const { does, isOpen = false, query, headers, body, isBodyOptional, answers, webhook } =
    operation;
  const inPath = parts.map(({ name, isNumber }) => ({
    name,
    in: "path",
    required: true,
    schema: operation.parts?.[name] !== undefined
      ? book.of(operation.parts[name], "input")
      : isNumber
      ? { type: "string", pattern: "^[0-9]+$" }
      : { type: "string", minLength: 1 },
  }));
  const inQuery = query === undefined ? [] : book.members(query, "input");
  const inHeaders = headers === undefined ? [] : book.members(headers, "input");
  const parameters = [
    ...inPath,
    ...inQuery.map((member) => parameter("query", member)),
    ...inHeaders.map((member) => parameter("header", member)),
  ];
  const general = [...isOpen ? [] : KEYED, ...ALWAYS, ...body === undefined ? [] : OF_BODIES];
  return {
    operationId: `${method}${path.replaceAll(/\W+/g, "_").replace(/_$/, "")}`,
    summary: does,
    tags: [part.name],
    ...sameAs !== undefined && { "x-same-as": sameAs },
    ...parameters.length > 0 && { parameters },
    ...body !== undefined && {
      requestBody: {
        required: isBodyOptional !== true,
        content: contentObject(body, book, "input"),
      },
    },
    responses: {
      ...Object.fromEntries(
        general.map((status) => [status, generalAnswer(status, part, book, responses)]),
      ),
      ...answersObject(answers, book, (status, answer) => {
        // What is but the ledger's form of an error is told once.
        const isGeneral =
          JSON.stringify(answer) === JSON.stringify(answerObject(status, part.form(), book));
        return isGeneral ? generalAnswer(status, part, book, responses) : answer;
      }),
    },
    ...webhook !== undefined && { callbacks: callbacks(webhook, book) },
    security: isOpen ? [] : SECURITY,
  };
}

/** A reference to what every route of a ledger may answer. */
function generalAnswer(
  status: number,
  { name, form }: DescribedPart,
  book: SchemaBook,
  responses: Record<string, object>,
): object {
  const id = `${name}_${status}`;
  responses[id] ??= answerObject(status, form(), book);
  return { $ref: `#/components/responses/${id}` };
}

function answersObject(
  answers: RouteOperation["answers"],
  book: SchemaBook,
  shown: (status: number, answer: object) => object = (_, answer) => answer,
): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      shown(Number(status), answerObject(Number(status), answer, book)),
    ]),
  );
}

function answerObject(status: number, { content, headers }: Answer, book: SchemaBook): object {
  const told = headers === undefined ? [] : book.members(headers, "output");
  return {
    description: STATUS_TEXT[status] ?? "An answer",
    ...told.length > 0 && {
      headers: Object.fromEntries(told.map(({ name, isRequired, schema, description }) => [
        name,
        { ...description !== undefined && { description }, required: isRequired, schema },
      ])),
    },
    ...content !== undefined && { content: contentObject(content, book, "output") },
  };
}

function contentObject(content: MediaTypes, book: SchemaBook, side: "input" | "output"): object {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, { schema: book.of(schema, side) }]),
  );
}

function parameter(
  place: "query" | "header",
  { name, isRequired, schema, description }: Member,
): object {
  return {
    name,
    in: place,
    ...description !== undefined && { description },
    required: isRequired,
    schema,
  };
}

function callbacks({ name, does, at, headers, body, answers }: Webhook, book: SchemaBook): object {
  const told = headers === undefined ? [] : book.members(headers, "output");
  return {
    [name]: {
      [`{$request.body#${at}}`]: {
        post: {
          summary: does,
          ...told.length > 0 && { parameters: told.map((member) => parameter("header", member)) },
          requestBody: {
            required: true,
            content: contentObject(inJson(body).content ?? {}, book, "output"),
          },
          responses: answersObject(answers, book),
        },
      },
    },
  };
}
