import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import { LEAVE_MS } from "../../kernel/limits.ts";
import { setExchange } from "../../sockets/exchange.ts";
import { askedFromOutside, clientOf } from "./asked_outside.ts";
import { denoSocket } from "./deno_socket.ts";
import type { Handler } from "../../web/handler.ts";
import { realResponse } from "../../web/whole_response.ts";
import type { ListenAddress, OpenPort } from "./edge.ts";
import { isDeploy } from "../../kv/deploy.ts";
import { failedAnswer, type ServeHandler, takeEarly } from "./early_port.ts";
import { isOldRuntime } from "./edge.ts";

const logger = getLogger(["ledgerline", "edge"]);

/** Milliseconds until a port is listened on again after its server has failed. */
const AGAIN_MS = 200;

/** Milliseconds between two looks at a port. */
const LOOK_MS = 1_000;

/**
 * Listens with `Deno.serve`, which does not expose its connections. It fails where descriptors run
 * out (EMFILE); then the port is listened on again. An old runtime closes it then, and tells of that
 * only when the last of its connections has ended, so there the port is looked at.
 */
export function listenWithDeno(address: ListenAddress, handler: Handler): OpenPort {
  return new DenoListener(address, handler);
}

class DenoListener implements OpenPort {
  readonly port: number;
  readonly #address: ListenAddress;
  readonly #handler: Handler;
  readonly #isHosted = isDeploy();
  /** Whether the runtime is an old one, and there is no platform before it. */
  readonly #isOld = isOldRuntime() && !this.#isHosted;
  /** Those whose connections have not all ended; one of them listens. */
  readonly #servers = new Set<Deno.HttpServer>();
  #looks: ReturnType<typeof setInterval> | undefined;
  #isStopping = false;

  constructor(address: ListenAddress, handler: Handler) {
    this.#address = address;
    this.#handler = handler;
    this.port = this.#serve(address.port);
    if (this.#isOld) this.#looks = setInterval(() => this.#look(), LOOK_MS);
  }

  async shutdown(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#looks);
    // A server that fails is closed already.
    await Promise.all([...this.#servers].map((server) => server.shutdown().catch(() => {})));
  }

  cut(): void {
    // `Deno.serve` cannot cut connections once it shuts down.
  }

  #serve(port: number): number {
    const server = takeEarly()?.take(this.#answer) ?? this.#open(port);
    this.#servers.add(server);
    server.finished.finally(() => this.#servers.delete(server)).catch((error: unknown) => {
      // Perhaps another has taken its place already.
      if (this.#isStopping || this.#servers.size > 0) return;
      logger.warn("the port is listened on again: {error}", { error: messageOf(error) });
      this.#serveAgain();
    });
    // The environment may say where to listen (`DENO_SERVE_ADDRESS`), which need not be a port.
    return "port" in server.addr ? server.addr.port : port;
  }

  #open(port: number): Deno.HttpServer {
    const { host, certificate, threads = 1 } = this.#address;
    return Deno.serve({
      hostname: host,
      port,
      reusePort: threads > 1,
      ...certificate,
      // The ports are logged once, all together.
      onListen: () => {},
      onError: failedAnswer,
    }, this.#answer);
  }

  readonly #answer: ServeHandler = (received, info) => {
    const request = askedFromOutside(received, this.#isHosted);
    // It tells of a client that goes from here on only where it was asked for.
    if (request.headers.has("upgrade")) void request.signal;
    setExchange(request, {
      // Lazily: `completed` rejects where the answer fails, and has to be handled once it is there.
      whenOver: (task) => void info.completed.then(task, task),
      toSocket: (protocol, events) => {
        // Such a socket never opens and never closes, and the port does not close either.
        if (request.signal.aborted) throw new Error("the client has gone");
        return denoSocket(request, protocol, events);
      },
    });
    // Where the environment says where to listen, the peer may be of any kind.
    const peer: Deno.Addr = info.remoteAddr;
    const answer = this.#handler(request, clientOf(request.headers, peer, this.#isHosted));
    // A request that has become a socket does not even say whether it has a body.
    const hasBody = this.#isOld && !request.headers.has("upgrade") && request.body !== null;
    if (hasBody) return afterBody(request, answer);
    return answer instanceof Promise ? answer.then(realResponse) : realResponse(answer);
  };

  /** Connects to the port, and serves it again where it is closed. */
  async #look(): Promise<void> {
    const { host } = this.#address;
    const hostname = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
    try {
      (await Deno.connect({ hostname, port: this.port })).close();
    } catch (error) {
      // Without a descriptor for it nothing can be said.
      if (!(error instanceof Deno.errors.ConnectionRefused) || this.#isStopping) return;
      logger.warn("the port is listened on again: it was closed");
      try {
        this.#serve(this.port);
      } catch { /* the next look is soon */ }
    }
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

/**
 * The answer to a request, once a body that nobody reads has been read and dropped, or for so long:
 * where it is left, an old runtime resets the connection, and a client that sends on never reads the
 * answer. One that waits to be asked for its body is told at once. Of a body without a length that was
 * begun, and of that of a GET, there is nothing to be read.
 */
async function afterBody(
  request: Request,
  answering: Response | Promise<Response>,
): Promise<Response> {
  const answer = await settled(answering);
  if (request.bodyUsed || request.body === null || request.headers.has("expect")) return answer;
  const reader = request.body.getReader();
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), LEAVE_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client has gone.
  } finally {
    clearTimeout(timer);
  }
  return answer;
}

async function settled(answering: Response | Promise<Response>): Promise<Response> {
  try {
    return realResponse(await answering);
  } catch (error) {
    return failedAnswer(error);
  }
}
