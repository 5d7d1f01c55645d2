import { isPyObject, type PyJson, type PyObject, valueAt } from "../../../../python/json.ts";
import { parsePyJson } from "../../../../python/json_parse.ts";
import { answerText } from "../../json/answer_text.ts";

/** Errors as hathor-core 0.72.0 has them (hathor/stratum/stratum.py). */
const STRATUM_ERRORS = {
  parse: { code: -32700, message: "Parse error" },
  internal: { code: -32603, message: "Internal error" },
  invalidParams: { code: -32602, message: "Invalid params" },
  methodNotFound: { code: -32601, message: "Method not found" },
  invalidRequest: { code: -32600, message: "Invalid Request" },
  nodeSyncing: { code: 10, message: "Node syncing" },
  invalidAddress: { code: 22, message: "Address to send mined funds is invalid" },
  invalidSolution: { code: 30, message: "Invalid solution" },
  staleJob: { code: 31, message: "Stale job submitted" },
  jobNotFound: { code: 32, message: "Job not found" },
} as const;

/** Errors up to this code end the connection. */
const LAST_FATAL_CODE = -32_600;

/** What a miner sent that is refused. */
export class StratumError extends Error {
  override readonly name = "StratumError";
  constructor(
    readonly kind: keyof typeof STRATUM_ERRORS,
    readonly data: PyJson = null,
    readonly text: string = STRATUM_ERRORS[kind].message,
  ) {
    super(text);
  }

  /** Whether the connection ends with it. */
  get isFatal(): boolean {
    return this.kind === "invalidAddress" || STRATUM_ERRORS[this.kind].code <= LAST_FATAL_CODE;
  }
}

/** An id as the client made it, which may be any value; undefined where there is none. */
export type MessageId = PyJson | undefined;

/** What a miner asks. */
export interface StratumRequest {
  readonly id: MessageId;
  /** A text, where it is one that there may be. */
  readonly method: PyJson;
  readonly params: PyObject;
}

/** Characters of an id in JSON: it is repeated in the answer. */
const LONGEST_ID = 200;
const LONGEST_METHOD = 40;

/**
 * What a line asks; undefined for an answer, which nobody waits for.
 *
 * @throws {StratumError} a line that is neither, with the id that it has
 */
export function readStratumLine(line: string): StratumRequest | undefined {
  let sent: PyJson;
  try {
    sent = parsePyJson(line.replace(/^\ufeff/, ""));
  } catch {
    // The line is not repeated: it is of somebody who does not know where he is.
    throw new StratumError("parse");
  }
  if (!isPyObject(sent)) throw new StratumError("invalidRequest");
  const at = (name: string) => (isPyObject(sent) ? valueAt(sent, name) : undefined);
  const [method, params, result, error] = ["method", "params", "result", "error"].map(at);
  if (method !== undefined) {
    return { id: idOf(at("id")), method, params: isPyObject(params) ? params : {} };
  }
  const isOne = result === undefined || error === undefined ||
    (result === null) !== (error === null);
  if ((result !== undefined || error !== undefined) && isOne) return undefined;
  throw new StratumError("invalidRequest", {
    error: "Could not identify message as request, result or error.",
  });
}

function idOf(id: PyJson | undefined): MessageId {
  if (id === undefined || id === null) return undefined;
  return answerText(id).length <= LONGEST_ID ? id : undefined;
}

/** The refusal of a method that there is none of. */
export function unknownMethod(method: PyJson): StratumError {
  return new StratumError("methodNotFound", {
    method: typeof method === "string" ? method.slice(0, LONGEST_METHOD) : null,
    supported_methods: ["submit", "subscribe"],
  });
}

export function okText(id: MessageId): string {
  return answerText({ result: "ok", error: null, ...idPart(id) });
}

export function stratumErrorText({ kind, text, data }: StratumError, id: MessageId): string {
  const { code } = STRATUM_ERRORS[kind];
  return answerText({ error: { code, message: text }, data, ...idPart(id) });
}

/** A request of the server's own. */
export function jobText(params: PyJson, id: number): string {
  return answerText({ method: "job", params, id: `${id}` });
}

/** As the client made it. */
function idPart(id: MessageId): { readonly id?: PyJson } {
  return id === undefined ? {} : { id };
}
