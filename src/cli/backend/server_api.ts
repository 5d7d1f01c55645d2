import { z } from "zod";
import { LedgerError } from "../../kernel/errors.ts";
import { linesOfBody } from "../../server/admin/lines.ts";

const problemBody = z.object({ code: z.string(), detail: z.string() });
const errorLine = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** What a server refused or failed at. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** The error that ends an answer which had begun. */
  static ofLine(line: string): RemoteError {
    const { code, message } = errorLine.parse(JSON.parse(line)).error;
    return new RemoteError(
      code === "closed" || code.startsWith("store_") ? 503 : 500,
      code,
      message,
    );
  }

  /** Whether the same request may succeed later. */
  get isPassing(): boolean {
    return this.status === 429 || this.status === 502 || this.status === 503;
  }
}

/** The code of an error, from a server or a store; undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof RemoteError || error instanceof LedgerError ? error.code : undefined;
}

/** What a server says, in the words of a command line: its own are about requests. */
function toldHere({ code, detail }: z.output<typeof problemBody>, hasKey: boolean): string {
  if (code === "forbidden") return `${detail}: the key is that in LEDGER_KEY`;
  if (code !== "unauthorized") return detail;
  return hasKey
    ? "The key in LEDGER_KEY is not valid there"
    : "The server asks for a key: put it into LEDGER_KEY";
}

/** Requests to a running server. The key is in a header, and nowhere in a message. */
export class ServerApi {
  readonly origin: string;
  readonly #key: string | undefined;

  constructor(url: string, key: string | undefined) {
    this.origin = new URL(url).origin;
    this.#key = key;
  }

  /**
   * Sends a request. Throws {@linkcode RemoteError} for an answer that is not of success, and
   * {@linkcode UnreachableError}.
   */
  async ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#key !== undefined) headers.set("authorization", `Bearer ${this.#key}`);
    const response = await this.#fetch(path, { ...init, method, headers });
    if (response.ok) return response;
    const text = await response.text();
    const body = problemBody.safeParse(jsonOf(text));
    throw body.success
      ? new RemoteError(
        response.status,
        body.data.code,
        toldHere(body.data, this.#key !== undefined),
      )
      : new RemoteError(response.status, "unknown", `${this.origin} answers ${response.status}`);
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.origin + path, init);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const text = `${this.origin} does not answer: is a server running there?`;
      throw new UnreachableError(text, { cause: error });
    }
  }
}

/** The lines of an answer, without the empty ones of its heartbeat. Throws the error of its last. */
export async function* linesFrom(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  for await (const line of linesOfBody(response.body)) {
    if (line.startsWith('{"error":')) throw RemoteError.ofLine(line);
    if (line !== "") yield line;
  }
}

/** A server that cannot be reached. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether trying again makes sense: the server is away, stopping or busy. */
export function isPassing(error: unknown): boolean {
  if (error instanceof RemoteError) return error.isPassing;
  // A body that breaks off throws one of the other two.
  return error instanceof UnreachableError || error instanceof TypeError ||
    error instanceof Deno.errors.Http;
}
