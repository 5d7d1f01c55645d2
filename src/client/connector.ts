import { type Ended, StreamConnection } from "./connection.ts";
import { StreamError } from "./errors.ts";
import { pause, platformSocket, type SocketConstructor } from "./platform.ts";
import { Backoff, isWorthReturning } from "./retry.ts";
import { PROTOCOL } from "./wire.ts";

/**
 * How the server is reached. Every field may be left out.
 *
 * @example A key, and giving up after a while
 * ```ts
 * import { StreamClient } from "@ledgerline/client";
 *
 * const options = { key: "lk_4b1m", retries: 10, firstWaitMs: 200 };
 * const orders = new StreamClient("http://localhost:8000/v1/stream/orders", options);
 * await Array.fromAsync(orders.read());
 * ```
 */
export interface ConnectOptions {
  /** A key, where the server asks for one: sent as `bearer.<key>`, a subprotocol of the socket. */
  readonly key?: string | undefined;
  /** The WebSocket to use instead of the platform's: Node before 22 has none. */
  readonly WebSocket?: SocketConstructor | undefined;
  /** The `fetch` to use instead of the platform's: it asks why a handshake failed. */
  readonly fetch?: typeof fetch | undefined;
  /** Tries in a row that may fail before it is given up (`unreachable`); no end by default. */
  readonly retries?: number | undefined;
  /**
   * Milliseconds that the first wait before another try lasts at the most; 100. The bound doubles
   * with each failure up to 10 seconds, and the wait is a random part of it.
   */
  readonly firstWaitMs?: number | undefined;
  /** Called once when the connection is lost, or a first one cannot be made; it is tried again. */
  readonly onAway?: ((reason: string) => void) | undefined;
  /** Called once when there is a connection again. */
  readonly onBack?: (() => void) | undefined;
}

/** 4xx that may pass by themselves, 426 among them: nothing is against a socket, it says. */
const PASSING = new Set([408, 425, 426, 429]);

/** Milliseconds that a server has to say why it takes no socket, and that it may ask to wait. */
const ASK_MS = 10_000;
const MOST_WAIT_MS = 24 * 3_600_000;

/** Opens connections to one stream, and again with exponential backoff after one that ended. */
export class Connector {
  readonly #url: URL;
  readonly #options: ConnectOptions;
  readonly #isWatched: boolean;
  readonly #signal: AbortSignal;
  readonly #backoff: Backoff;
  #wait = 0;
  #isAway = false;

  constructor(url: URL, options: ConnectOptions, isWatched: boolean, signal: AbortSignal) {
    this.#url = url;
    this.#options = options;
    this.#isWatched = isWatched;
    this.#signal = signal;
    this.#backoff = new Backoff(options.firstWaitMs);
  }

  /**
   * A connection that is open. Throws `StreamError` where the server refuses for good or tries run
   * out, and the signal's reason when it is aborted.
   */
  async connect(query: URLSearchParams): Promise<StreamConnection> {
    const { key, WebSocket: make = platformSocket() } = this.#options;
    const url = new URL(this.#url);
    url.search = query.toString();
    const protocols = key === undefined ? [PROTOCOL] : [PROTOCOL, `bearer.${key}`];
    const options = { isWatched: this.#isWatched, signal: this.#signal };
    for (;;) {
      if (this.#wait > 0) await pause(this.#wait, this.#signal);
      this.#signal.throwIfAborted();
      this.#wait = 0;
      const socketUrl = url.href.replace(/^http/, "ws");
      const opened = await StreamConnection.open(make, socketUrl, protocols, options);
      if (opened instanceof StreamConnection) {
        if (this.#isAway) this.#options.onBack?.();
        this.#isAway = false;
        return opened;
      }
      this.#signal.throwIfAborted();
      // WebSocket does not show the status of a handshake: the same asked over HTTP does.
      this.#later(opened, await this.#ask(url));
    }
  }

  /** Something came over a connection: failures are counted from zero again. */
  succeeded(): void {
    this.#backoff.succeeded();
  }

  /** Notes that a connection ended. Throws `StreamError` where its close code is final. */
  ended({ code, reason }: Ended): void {
    this.#signal.throwIfAborted();
    if (!isWorthReturning(code)) {
      throw new StreamError(nameOf(code), reason || `The server closed the socket with ${code}`);
    }
    this.#later({ code, reason });
  }

  /** Sets how long the next try is waited for, `least` milliseconds or more. */
  #later({ code, reason }: Ended, least = 0): void {
    const { retries = Infinity } = this.#options;
    if (this.#backoff.failures >= retries) {
      throw new StreamError("unreachable", reason || `The socket ended with ${code}`);
    }
    this.#wait = this.#backoff.next(code, least);
    if (!this.#isAway) this.#options.onAway?.(reason || `The socket ended with ${code}`);
    this.#isAway = true;
  }

  /** Milliseconds that the server asks to wait (`Retry-After`). Throws what it refuses with. */
  async #ask(url: URL): Promise<number> {
    const { key, fetch: get = fetch } = this.#options;
    const probe = new URL(url.href.replace(/^ws/, "http"));
    probe.searchParams.set("live", "ws");
    let response: Response;
    let text: string;
    try {
      const headers: Record<string, string> = key === undefined
        ? {}
        : { authorization: `Bearer ${key}` };
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ASK_MS)]);
      response = await get(probe.href, { headers, signal });
      text = await response.text();
    } catch {
      // There is no server at the moment, or none that may be asked.
      return 0;
    }
    const { status } = response;
    if (status >= 400 && status < 500 && !PASSING.has(status)) throw refusal(status, text);
    const seconds = Number(response.headers.get("retry-after") ?? 0) || 0;
    // No timer takes more than 24 days.
    return Math.min(seconds * 1_000, MOST_WAIT_MS);
  }
}

function refusal(status: number, text: string): StreamError {
  try {
    const { code, detail } = JSON.parse(text);
    return new StreamError(String(code), String(detail), status);
  } catch {
    return new StreamError("refused", text.trim() || `The server answered ${status}`, status);
  }
}

/** Names of the close codes after which nobody comes back. */
const NAMES: Readonly<Record<number, string>> = {
  4005: "unauthorized",
  4006: "damaged",
  4007: "epoch_ended",
  4008: "gone",
};

function nameOf(code: number): string {
  return NAMES[code] ?? `closed_${code}`;
}
