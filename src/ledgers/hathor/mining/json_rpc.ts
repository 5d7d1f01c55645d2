import { z } from "zod";

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

export type RpcId = string | number | null;

/** One request. Without an id, or with `null` for one, nobody waits for an answer. */
export interface RpcRequest {
  readonly id: RpcId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** What tells of which request an answer is. */
export const idSchema = z.union([z.string(), z.number(), z.null()]);

/** The id of whatever was sent, as far as it has one. */
export function idOf(sent: unknown): RpcId | undefined {
  if (typeof sent !== "object" || sent === null) return undefined;
  return idSchema.safeParse(Reflect.get(sent, "id")).data;
}

/**
 * Reads a request. `.` and `_` are the same in the name of a method.
 *
 * @throws {RpcError} as the original names what is wrong
 */
export function readRequest(sent: unknown): RpcRequest {
  if (typeof sent !== "object" || sent === null) throw new RpcError("internal");
  const method: unknown = Reflect.get(sent, "method");
  if (method === undefined) throw new RpcError("invalidRequest");
  if (typeof method !== "string") throw new RpcError("internal");
  const params: unknown = Reflect.get(sent, "params");
  return { id: idOf(sent), method: method.replaceAll(".", "_"), params };
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

export function resultText(id: RpcId, result: string): string {
  return `{"id":${JSON.stringify(id)},"error":null,"result":${result}}`;
}

/** `why` is the `data` of the error, as JSON-RPC calls what is told beyond its kind. */
export function errorText(id: RpcId, kind: RpcErrorName, why?: string): string {
  const { code, message } = RPC_ERRORS[kind];
  return JSON.stringify({ id, error: { code, message, data: why }, result: null });
}
