import { refusalAnswer } from "./refusals.ts";
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import { realResponse } from "../../web/whole_response.ts";

const logger = getLogger(["ledgerline", "edge"]);

/** What answers the requests of a port of `Deno.serve`. */
export type ServeHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** The answer to a request whose handler has thrown. */
export function failedAnswer(error: unknown): Response {
  logger.error("a request failed: {error}", { error: messageOf(error) });
  return realResponse(refusalAnswer({ status: 500, words: "Internal Server Error" }));
}

/**
 * A port that is listened on before there is anything to answer with. Requests wait until it is
 * taken over.
 */
export class EarlyPort {
  readonly server: Deno.HttpServer;
  /** Resolves with the first request. */
  readonly asked: Promise<void>;
  readonly #taken = Promise.withResolvers<ServeHandler>();
  #handler: ServeHandler | undefined;

  constructor(hostname: string, port: number) {
    const asked = Promise.withResolvers<void>();
    this.asked = asked.promise;
    this.server = Deno.serve({
      hostname,
      port,
      onListen: () => {},
      onError: failedAnswer,
    }, (request, info) => {
      asked.resolve();
      if (this.#handler !== undefined) return this.#handler(request, info);
      return this.#taken.promise.then((handler) => handler(request, info));
    });
  }

  /** Answers all requests by `handler` from now on, those that wait first. */
  take(handler: ServeHandler): Deno.HttpServer {
    this.#handler = handler;
    this.#taken.resolve(handler);
    return this.server;
  }
}

let early: EarlyPort | undefined;

/** Listens for the listener of `Deno.serve` that comes next, which takes it over. */
export function listenEarly(hostname: string, port: number): EarlyPort {
  return early = new EarlyPort(hostname, port);
}

/** The port that waits to be taken over, once. */
export function takeEarly(): EarlyPort | undefined {
  const port = early;
  early = undefined;
  return port;
}
