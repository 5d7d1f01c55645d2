import { z } from "zod";
import { LedgerError, messageOf } from "../kernel/errors.ts";

/** Where a remote server is, and the key that is shown there. */
export interface RemotePlace {
  /** What its paths are behind: an origin, perhaps with a path, without a slash at its end. */
  readonly origin: string;
  readonly key: string | undefined;
}

const problemBody = z.object({ code: z.string(), detail: z.string().default("") });

/** Characters that are read of an answer that refuses. */
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

  /** The key for an address that the server names: none for one of another host. */
  keyAt(url: string): string | undefined {
    const isSame = URL.canParse(url) && new URL(url).hostname === new URL(this.origin).hostname;
    return isSame ? this.#key : undefined;
  }

  /** Opens a WebSocket there, with the same key. */
  socket(path: string): WebSocket {
    return new WebSocket(this.origin.replace(/^http/, "ws") + path, { headers: this.#shown });
  }

  get #shown(): Record<string, string> {
    return this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` };
  }

  /** The same with nothing added. */
  async send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.origin + path, { redirect: "manual", ...init });
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
    const text = await response.text().catch(() => "");
    let code = "";
    let detail = `it answers ${status}`;
    try {
      const body = problemBody.parse(JSON.parse(text.slice(0, REFUSAL_BYTES)));
      code = body.code;
      detail = `${body.code}: ${body.detail}`;
    } catch {
      // It may be any server.
    }
    const message = `${this.origin}: ${detail}`;
    if (code === "chain_unknown" || code === "epoch_mismatch" || code === "position_invalid") {
      return new LedgerError(code, message);
    }
    const isAway = status === 429 || status >= 500;
    return new LedgerError(isAway ? "remote_away" : "remote_refused", message, { status });
  }
}
