import { z } from "zod";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { answerStart } from "./whole_answer.ts";

/** Where a remote server is, and the key that is shown there. */
export interface RemotePlace {
  /** What its paths are behind: an origin, perhaps with a path, without a slash at its end. */
  readonly origin: string;
  readonly key: string | undefined;
}

const problemBody = z.object({ code: z.string(), detail: z.string().default("") });

/** Bytes that are read of an answer that refuses. */
const REFUSAL_BYTES = 64 * 1024;

/** Requests to a remote server. The key is in a header, and in no message. */
export class RemoteServer {
  readonly origin: string;
  readonly #key: string | undefined;

  constructor({ origin, key }: RemotePlace) {
    this.origin = origin;
    this.#key = key;
  }

  /**
   * Sends a request with the remote's key, and whatever it answers is the answer. Throws `remote_away`
   * where it does not.
   */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(this.#shown)) headers.set(name, value);
    return await this.send(path, { ...init, headers });
  }

  /**
   * The key for an address that the server names: none for one of another host, nor where it would be
   * sent in clear to one that is asked over TLS.
   */
  keyAt(url: string): string | undefined {
    if (!URL.canParse(url)) return undefined;
    const [there, own] = [new URL(url), new URL(this.origin)];
    const isClear = own.protocol === "https:" && !/^(?:https|wss):$/.test(there.protocol);
    return there.hostname === own.hostname && !isClear ? this.#key : undefined;
  }

  /** Opens a WebSocket there, with the same key. */
  socket(path: string): WebSocket {
    return new WebSocket(this.origin.replace(/^http/, "ws") + path, { headers: this.#shown });
  }

  get #shown(): Record<string, string> {
    return this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` };
  }

  /** The same with nothing added. What may change something is sent once, or not at all. */
  async send(path: string, init: RequestInit): Promise<Response> {
    const { method = "GET", body = null } = init;
    const isRead = method === "GET" || method === "HEAD";
    try {
      return await fetch(this.origin + path, {
        redirect: "manual",
        ...init,
        // Where a connection that was used before is cut amid a request, the runtime sends a whole
        // body, and one that is empty, once more: it may be done already. A stream it cannot repeat.
        ...!isRead && { body: ReadableStream.from(partsOf(body)) },
      });
    } catch (error) {
      throw new LedgerError(
        "remote_away",
        `${this.origin} does not answer: ${messageOf(error)}`,
        {},
        error,
      );
    }
  }

  /** The same, of which only success is an answer. Throws what {@linkcode refusalOf} makes of others. */
  async get(path: string, signal: AbortSignal): Promise<Response> {
    const response = await this.ask(path, { signal });
    if (response.ok) return response;
    throw await this.#refusalOf(response);
  }

  async #refusalOf(response: Response): Promise<LedgerError> {
    const { status } = response;
    const text = await answerStart(response, REFUSAL_BYTES);
    let code = "";
    let detail = `it answers ${status}`;
    try {
      const body = problemBody.parse(JSON.parse(text));
      code = body.code;
      detail = `${body.code}: ${body.detail}`;
    } catch {
      // It may be any server.
    }
    const message = `${this.origin}: ${detail}`;
    if (code === "chain_unknown" || code === "epoch_mismatch" || code === "position_invalid") {
      return new LedgerError(code, message);
    }
    return new LedgerError(refusalCode(status), message, { status });
  }
}

/** A body, as what can be read once. */
async function* partsOf(body: BodyInit | null): AsyncGenerator<Uint8Array> {
  const bytes = await new Response(body).bytes();
  if (bytes.length > 0) yield bytes;
}

/** What the status of an answer that refuses says of the server: it may answer later, or it will not. */
export function refusalCode(status: number): "remote_away" | "remote_refused" {
  return status === 429 || status >= 500 ? "remote_away" : "remote_refused";
}
