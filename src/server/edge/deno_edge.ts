import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import { setExchange } from "../../sockets/exchange.ts";
import { denoSocket } from "./deno_socket.ts";
import { refused } from "./refusals.ts";
import type { Handler } from "../../web/handler.ts";
import type { ListenAddress, Listener } from "./edge.ts";

const logger = getLogger(["ledgerline", "edge"]);

/** Milliseconds until a port is listened on again after its server has failed. */
const AGAIN_MS = 200;

/**
 * Listens with `Deno.serve`, which tells nothing of its connections. Where the system has no
 * descriptor for one, it fails, and the port is listened on again.
 */
export function listenWithDeno(address: ListenAddress, handler: Handler): Listener {
  return new DenoListener(address, handler);
}

class DenoListener implements Listener {
  readonly port: number;
  readonly #address: ListenAddress;
  readonly #handler: Handler;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #isStopping = false;

  constructor(address: ListenAddress, handler: Handler) {
    this.#address = address;
    this.#handler = handler;
    this.port = this.#serve(address.port);
  }

  async shutdown(): Promise<void> {
    this.#isStopping = true;
    // One that fails is gone.
    await this.#server?.shutdown().catch(() => {});
  }

  cut(): void {
    // The runtime has no way to, once it shuts down.
  }

  #serve(port: number): number {
    const { host, certificate } = this.#address;
    const server = Deno.serve({
      hostname: host,
      port,
      ...certificate,
      // Whoever started the server is told once, of all ports together.
      onListen: () => {},
      onError: (error) => {
        logger.error("a request failed: {error}", { error: messageOf(error) });
        return refused({ status: 500, words: "Internal Server Error" });
      },
    }, (request, info) => {
      setExchange(request, {
        // Made when it is asked for: it fails with the answer, and somebody has to hear of that.
        whenOver: (task) => void info.completed.then(task, task),
        toSocket: (protocol, events) => denoSocket(request, protocol, events),
      });
      return this.#handler(request, info.remoteAddr.hostname);
    });
    this.#server = server;
    server.finished.catch((error: unknown) => {
      if (this.#isStopping) return;
      logger.warn("the port is listened on again: {error}", { error: messageOf(error) });
      this.#serveAgain();
    });
    return server.addr.port;
  }

  #serveAgain(): void {
    if (this.#isStopping) return;
    setTimeout(() => {
      if (this.#isStopping) return;
      try {
        this.#serve(this.port);
      } catch {
        this.#serveAgain();
      }
    }, AGAIN_MS);
  }
}
