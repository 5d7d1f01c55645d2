import { z } from "zod";
import { isPyArray, isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import { answerText } from "../json/answer_text.ts";

/** The errors that the mining protocol knows. */
const RPC_ERRORS = {
  parse: { code: -32700, message: "Parse error" },
  invalidRequest: { code: -32600, message: "Invalid Request" },
  methodNotFound: { code: -32601, message: "Method not found" },
  invalidParams: { code: -32602, message: "Invalid params" },
  internal: { code: -32603, message: "Internal error" },
  forbidden: { code: -32001, message: "The key does not cover this" },
} as const;

export type RpcErrorName = keyof typeof RPC_ERRORS;

/** A request that fails; becomes the answer's `error`. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  /** @param why what the one who asked is told beside the kind */
  constructor(readonly kind: RpcErrorName, readonly why?: string) {
    super(RPC_ERRORS[kind].message);
  }
}

/** One request. */
export interface RpcRequest {
  readonly method: string;
  readonly params: PyJson | undefined;
}

/** What tells of which request an answer is. */
export const idSchema = z.union([z.string(), z.number(), z.null()]);

/** Characters of an id: it is repeated in each answer. */
const LONGEST_ID = 1_000;

/**
 * The id of whatever was sent, in JSON: any value, as it was written. With `null` for one, as
 * without one, nobody waits for an answer, and it is undefined.
 */
export function idOf(sent: PyJson): string | undefined {
  const id = isPyObject(sent) ? valueAt(sent, "id") ?? null : null;
  if (id === null) return undefined;
  const text = answerText(id);
  return text.length <= LONGEST_ID ? text : NO_ID;
}

/** The id of an answer to what has none. */
export const NO_ID = "null";

/**
 * Reads a request. `.` and `_` are the same in the name of a method.
 *
 * @throws {RpcError} as the original names what is wrong
 */
export function readRequest(sent: PyJson): RpcRequest {
  if (isPyArray(sent)) throw new RpcError("invalidRequest");
  if (!isPyObject(sent)) throw new RpcError("internal");
  const method = valueAt(sent, "method");
  if (method === undefined) throw new RpcError("invalidRequest");
  if (typeof method !== "string") throw new RpcError("internal");
  return { method: method.replaceAll(".", "_"), params: valueAt(sent, "params") };
}

/** What `mining.submit` takes. */
export const submitSchema = z.union([
  z.tuple([z.string()]).rest(z.boolean()).refine((list) => list.length <= 2)
    .transform(([hexdata, optimistic = false]) => ({ hexdata, optimistic })),
  z.strictObject({ hexdata: z.string(), optimistic: z.boolean().default(false) }),
]);

const nothingSchema = z.union([z.undefined(), z.tuple([]), z.strictObject({})]);

/** The parameters of `mining.submit`. Throws {@linkcode RpcError}. */
export function submitParams(params: unknown): { hexdata: string; optimistic: boolean } {
  const parsed = submitSchema.safeParse(params);
  if (!parsed.success) throw new RpcError("invalidParams");
  return parsed.data;
}

/** Asserts that there are no parameters. Throws {@linkcode RpcError}. */
export function assertNoParams(params: unknown): void {
  if (!nothingSchema.safeParse(params).success) throw new RpcError("invalidParams");
}

/** @param id as {@linkcode idOf} has it, in JSON; and `result` is as well */
export function resultText(id: string, result: string): string {
  return `{"id":${id},"error":null,"result":${result}}`;
}

/** `why` is the `data` of the error, as JSON-RPC calls what is told beyond its kind. */
export function errorText(id: string, kind: RpcErrorName, why?: string): string {
  const { code, message } = RPC_ERRORS[kind];
  return `{"id":${id},"error":${JSON.stringify({ code, message, data: why })},"result":null}`;
}
