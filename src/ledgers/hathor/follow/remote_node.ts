import type { RemoteServer } from "../../../remote/remote_server.ts";

/** Milliseconds for a whole answer: the node looks for a proof of work before some. */
const ANSWER_MS = 60_000;

/** The node that is followed, by the base of its routes. */
export class RemoteNode {
  /** As wallets are given it, without a slash at the end: `http://node:8080/v1a`. */
  readonly base: string;
  readonly #server: RemoteServer;

  constructor(server: RemoteServer) {
    this.base = server.origin;
    this.#server = server;
  }

  /** Opens one of its sockets, such as `/event_ws`. */
  socket(path: string): WebSocket {
    return this.#server.socket(path);
  }

  /**
   * Sends a request, and whatever it answers is the answer, which may take a minute. Throws
   * `remote_away` where it does not answer.
   */
  ask(path: string, init: RequestInit = {}): Promise<Response> {
    const late = AbortSignal.timeout(ANSWER_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
    return this.#server.ask(path, { ...init, signal });
  }

  /**
   * What is at a path, for as long as a signal is not aborted: only success is an answer. Throws
   * `remote_away` and `remote_refused`.
   */
  get(path: string, signal: AbortSignal): Promise<Response> {
    return this.#server.get(path, signal);
  }
}
