import { isKeyWanted, theKey } from "../base/key.ts";

/** Why the server did not do what was asked: its own code, or `unreachable`. */
export class ApiError extends Error {
  readonly code: string;
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;

  constructor(code: string, message: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** How something is asked for. */
export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "PATCH";
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where the server is: the page's own folder, so that it may be behind a path. */
export const SERVER: string = new URL("./", location.href).href;

/** The whole address of a path of the server, which has no slash before it. */
export function addressOf(path: string): string {
  return new URL(path, SERVER).href;
}

/** Asks the server. Throws {@linkcode ApiError} for every answer that is none of success. */
export async function ask(path: string, options: Ask = {}): Promise<Response> {
  const { method = "GET", body, signal, headers = {} } = options;
  const key = theKey.value;
  const response = await fetch(addressOf(path), {
    method,
    headers: {
      accept: "application/json",
      ...body !== undefined && { "content-type": "application/json" },
      ...key !== undefined && { authorization: `Bearer ${key}` },
      ...headers,
    },
    ...body !== undefined && { body: JSON.stringify(body) },
    ...signal && { signal },
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError("unreachable", "The server does not answer");
  });
  if (response.ok) return response;
  const refusal = await refusalOf(response);
  if (response.status === 401) isKeyWanted.set(true);
  throw refusal;
}

/** Asks for JSON. The server is trusted with its shape. */
export async function askJson<T>(path: string, options: Ask = {}): Promise<T> {
  const response = await ask(path, options);
  return await response.json() as T;
}

/** Asks for lines of JSON, given as they come. Throws what a line of an error says. */
export async function* askLines<T>(path: string, options: Ask = {}): AsyncGenerator<T> {
  const { body } = await ask(path, options);
  if (body === null) return;
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield lineOf<T>(line);
    }
    if (rest !== "") yield lineOf<T>(rest);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function lineOf<T>(text: string): T {
  const line = JSON.parse(text);
  if (text.startsWith('{"error":')) throw new ApiError(line.error.code, line.error.message);
  return line;
}

/** What a refusal says, in whichever words its ledger has. */
async function refusalOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  const said = (value: unknown) => typeof value === "string" ? value : undefined;
  let code = "refused";
  let message = text.slice(0, 300) || `The server answered ${response.status}`;
  try {
    const problem = JSON.parse(text);
    code = said(problem.code) ?? said(problem.error) ?? code;
    message = said(problem.detail) ?? said(problem.message) ?? said(problem.error) ?? message;
  } catch {
    // It is no JSON: it is shown as it is.
  }
  return new ApiError(code, message, response.status);
}
