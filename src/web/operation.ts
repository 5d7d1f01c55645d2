import type { z } from "zod";

/*
 * What a route takes and answers, said where it is declared. The documents of the API are made of
 * these (`/openapi.json`, `/asyncapi.json`), and nothing else knows of a route.
 */

/** JSON Schema (2020-12), where the code has no schema of zod; there may be such inside of it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What a value is: the schema that validates it where there is one. */
export type Shape = z.ZodType | JsonSchema;

/** MediaTypes by their media types; an empty one has none. */
export type MediaTypes = Readonly<Record<string, Shape>>;

/** An answer of one status. */
export interface Answer {
  readonly content?: MediaTypes;
  /** An object with a member for each header that is told. */
  readonly headers?: Shape;
}

/** What a socket's messages are, by their names. */
export interface SocketMessages {
  /** What the server sends. */
  readonly sends: Readonly<Record<string, Shape>>;
  /** What it takes. */
  readonly takes?: Readonly<Record<string, Shape>>;
  /** What the address of a socket may have beside the operation's own query. */
  readonly query?: Shape;
  readonly protocol?: string;
}

/** What the server itself asks of a client. */
export interface Webhook {
  readonly name: string;
  readonly does: string;
  /** Where in the body the address is, as a JSON pointer. */
  readonly at: string;
  readonly headers?: Shape;
  readonly body: Shape;
  readonly answers: Readonly<Record<number, Answer>>;
}

/** What one method of one path does. */
export interface RouteOperation {
  /** In a line. */
  readonly does: string;
  /** Whether no key is needed. */
  readonly isOpen?: boolean;
  /** Of the parts of the path those that are no plain texts. */
  readonly parts?: Readonly<Record<string, Shape>>;
  /** An object with a member for each parameter; one that is a list may be given several times. */
  readonly query?: Shape;
  readonly headers?: Shape;
  readonly body?: MediaTypes;
  /** Whether it may be left out. */
  readonly isBodyOptional?: boolean;
  /** By status, beside those that every route of the ledger may answer. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** What is sent as server-sent events, by name, where that is asked for. */
  readonly events?: Readonly<Record<string, Shape>>;
  /** Where the path is that of a WebSocket as well. */
  readonly socket?: SocketMessages;
  readonly webhook?: Webhook;
}

/** Made when a document is asked for: a server that is asked for none makes none. */
export type Tells = () => RouteOperation;

/** A schema that documents tell once, under its name. It is made when it is first asked for. */
export function named<S extends z.ZodType>(id: string, make: () => S): () => S {
  let made: S | undefined;
  return () => made ??= make().meta({ id });
}

const JSON_TYPE = "application/json";

/** An answer in JSON. */
export function inJson(schema: Shape, headers?: Shape): Answer {
  return { content: { [JSON_TYPE]: schema }, ...headers && { headers } };
}

/** A body in JSON. */
export function jsonBody(schema: Shape): MediaTypes {
  return { [JSON_TYPE]: schema };
}

/** Lines of JSON, of which each is as `line` says. */
export function lines(line: Shape): Answer {
  const type = "application/x-ndjson";
  return { content: { [type]: { type: "string", contentMediaType: type, contentSchema: line } } };
}

/** An answer of text. */
export function plainAnswer(type: string): Answer {
  return { content: { [type]: { type: "string" } } };
}

/** An answer without a body. */
export const NO_BODY: Answer = {};
