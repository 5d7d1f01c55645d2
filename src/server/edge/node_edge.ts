import { getLogger } from "@logtape/logtape";
import type { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type AddressInfo,
  createServer as createListener,
  type Server,
  type Socket,
} from "node:net";
import { messageOf } from "../../kernel/errors.ts";
import { sendAnswer } from "./answer.ts";
import type { Connections } from "./connections.ts";
import type { Handler } from "../../web/handler.ts";
import { SAFE_METHODS } from "../../web/owner.ts";
import type { ListenAddress, OpenPort } from "./edge.ts";
import { edgeRequest } from "./edge_request.ts";
import { Held, type PortState } from "./held.ts";
import { type HttpServer, httpServer } from "./http_server.ts";
import { ListenerProbe } from "./listener_probe.ts";
import { NodePeer } from "./node_connection.ts";
import { NodeExchange } from "./node_exchange.ts";
import { sendOnSocket, UpgradeExchange } from "./node_upgrade.ts";
import { Pipeline } from "./pipeline.ts";
import { RequestTurns } from "./request_turns.ts";
import { hasOwnMethod, isHttp2, refusalAnswer, refusalOf, upgradeRefusalOf } from "./refusals.ts";

const logger = getLogger(["ledgerline", "edge"]);

/** The listen backlog: each connection in it takes a descriptor that is not counted. */
const BACKLOG = 64;

/** Those of all listeners. */
const REQUESTS = new RequestTurns();

/** Listens with `node:http`. Throws `Deno.errors.AddrInUse` and whatever else the system says. */
export async function listenWithNode(
  address: ListenAddress,
  handler: Handler,
  connections: Connections,
): Promise<OpenPort> {
  const listener = new NodeListener(address, handler, connections);
  await listener.open();
  return listener;
}

class NodeListener implements OpenPort, PortState {
  readonly #address: ListenAddress;
  readonly #handler: Handler;
  readonly #connections: Connections;
  readonly scheme: string;
  readonly #http: HttpServer;
  readonly #held = new Set<Held>();
  /** By the socket that requests come on, which under TLS is not the accepted one. */
  readonly #bySocket = new WeakMap<Socket, Held>();
  /** Those in a TLS handshake, by the remote port, which the accepted and the TLS socket share. */
  readonly #byPort = new Map<string, Held>();
  readonly #probe: ListenerProbe;
  #server: Server | undefined;
  #port: number;
  #isStopping = false;
  #whenEmpty: (() => void) | undefined;

  constructor(address: ListenAddress, handler: Handler, connections: Connections) {
    this.#address = address;
    this.#port = address.port;
    this.#handler = handler;
    this.#connections = connections;
    this.scheme = address.certificate === undefined ? "http" : "https";
    this.#http = this.#makeHttp();
    this.#probe = new ListenerProbe(connections, () => this.#listen(), address.threads);
  }

  get port(): number {
    return this.#port;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  async open(): Promise<void> {
    await this.#listen();
    this.#probe.start(this.#address.host, this.#port);
  }

  async shutdown(): Promise<void> {
    this.#isStopping = true;
    this.#probe.stop();
    this.#server?.close();
    for (const { connection } of this.#held) if (connection.isResting) connection.end();
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#whenEmpty = resolve);
  }

  cut(): void {
    for (const { connection } of [...this.#held]) connection.cut();
  }

  /** Listens, also anew: after one failed accept the runtime accepts no more. */
  async #listen(): Promise<void> {
    this.#server?.close();
    // TLS sockets have no half-open state.
    const allowHalfOpen = this.#address.certificate === undefined;
    const server = createListener({ allowHalfOpen, noDelay: true }, (socket) => {
      this.#accept(socket);
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    const { host, threads = 1 } = this.#address;
    // What the types do not know yet.
    const shared: object = threads > 1 ? { reusePort: true } : {};
    server.listen({ host, port: this.#port, backlog: BACKLOG, ...shared }, resolve);
    try {
      await promise;
    } catch (error) {
      if (isCode(error, "EADDRINUSE")) throw new Deno.errors.AddrInUse(messageOf(error));
      throw error;
    }
    server.on("error", (error) => logger.warn("listening: {error}", { error: messageOf(error) }));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  #makeHttp(): HttpServer {
    const http = httpServer(this.#address.certificate, () => !this.#isStopping);
    http.on("secureConnection", (socket: Socket) => {
      // A close event follows each error.
      socket.on("error", ignore);
      const held = this.#byPort.get(portOf(socket));
      if (held === undefined) return void socket.destroy();
      held.peer.secured(socket);
      this.#takeUp(held, socket);
    });
    http.on("request", (incoming: IncomingMessage, response: ServerResponse) => {
      this.#take(incoming, response);
    });
    http.on("upgrade", (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
      void this.#upgrade(incoming, socket, head);
    });
    http.on("clientError", (error: unknown, socket: Socket) => this.#refuseBroken(error, socket));
    http.on(
      "connect",
      (_: IncomingMessage, socket: Socket) => this.#refuse(socket, "405 Method Not Allowed"),
    );
    for (const event of ["tlsClientError", "sessionError"]) http.on(event, () => {});
    return http;
  }

  #accept(socket: Socket): void {
    socket.on("error", ignore);
    this.#probe.accepted();
    const isPlain = this.#address.certificate === undefined;
    const peer = new NodePeer(socket, isPlain);
    const connection = this.#connections.admit(peer);
    if (connection === undefined) return;
    const held = new Held(peer, connection, this);
    peer.requests = held;
    this.#held.add(held);
    if (isPlain) this.#takeUp(held, socket);
    else this.#takeUpLater(held, socket);
    socket.on("close", () => this.#closed(held));
    this.#http.emit("connection", socket);
  }

  #closed(held: Held): void {
    this.#held.delete(held);
    held.connection.gone();
    for (const exchange of held.exchanges) exchange.over();
    held.upgrade?.over();
    if (this.#held.size === 0) this.#whenEmpty?.();
  }

  /** Requests come once there is a TLS socket. */
  #takeUpLater(held: Held, socket: Socket): void {
    const port = portOf(socket);
    this.#byPort.set(port, held);
    socket.on("close", () => this.#byPort.delete(port));
  }

  /** Requests of a connection come on this socket. */
  #takeUp(held: Held, socket: Socket): void {
    this.#bySocket.set(socket, held);
    socket.on("end", () => {
      for (const exchange of held.exchanges) exchange.left();
    });
  }

  #take(incoming: IncomingMessage, response: ServerResponse): void {
    const { socket } = incoming;
    const held = this.#bySocket.get(socket) ?? this.#byPort.get(portOf(socket));
    if (held === undefined) return void socket.destroy();
    incoming.on("error", ignore);
    response.on("error", ignore);
    const serve = () => void this.#serve(held, incoming, response);
    // HTTP/2 multiplexes: its requests need no order.
    if (isHttp2(incoming)) return serve();
    held.pipeline ??= new Pipeline(socket);
    held.pipeline.enter({ isSafe: SAFE_METHODS.has(incoming.method ?? ""), serve });
  }

  async #serve(held: Held, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { connection } = held;
    const exchange = new NodeExchange(incoming, response, held);
    held.begin(exchange);
    response.on("close", () => {
      held.pipeline?.leave();
      held.finish(exchange);
      exchange.over();
      if (this.#isStopping && connection.isResting) connection.end();
    });
    try {
      const turn = REQUESTS.enter();
      if (turn !== undefined) await turn;
      const refusal = refusalOf(incoming);
      if (refusal !== undefined) exchange.refuse();
      const answer = refusal === undefined
        ? await this.#handler(exchange.request, held.peer.address)
        : refusalAnswer(refusal);
      const sent = sendAnswer(answer, exchange);
      if (sent !== undefined) await sent;
    } catch (error) {
      this.#failed(error, exchange);
    }
  }

  #failed(error: unknown, exchange: NodeExchange): void {
    // An error after the client has gone is none.
    if (exchange.response.destroyed) return;
    logger.error("a request failed: {error}", { error: messageOf(error) });
    if (exchange.response.headersSent) return exchange.cut();
    void sendAnswer(refusalAnswer({ status: 500, words: "Internal Server Error" }), exchange)
      ?.catch(() => exchange.cut());
  }

  async #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const held = this.#bySocket.get(socket);
    if (held === undefined) return void socket.destroy();
    const { connection } = held;
    const handshake = { incoming, socket, head, connection };
    const request = edgeRequest(incoming, this.scheme, undefined);
    const exchange = new UpgradeExchange(request, handshake);
    connection.begin();
    held.upgrade = exchange;
    let answer: Response;
    try {
      const turn = REQUESTS.enter();
      if (turn !== undefined) await turn;
      const refusal = upgradeRefusalOf(incoming);
      answer = refusal === undefined
        ? await this.#handler(request, socket.remoteAddress ?? "")
        : refusalAnswer(refusal);
    } catch (error) {
      logger.error("a request failed: {error}", { error: messageOf(error) });
      answer = refusalAnswer({ status: 500, words: "Internal Server Error" });
    }
    if (exchange.isTaken) return held.upgraded();
    await sendOnSocket(answer, socket).catch(() => {});
    connection.finish();
    connection.end();
  }

  /** Answers what cannot be parsed as HTTP. */
  #refuseBroken(error: unknown, socket: Socket): void {
    if (isCode(error, "HPE_HEADER_OVERFLOW")) {
      return this.#refuse(socket, "431 Request Header Fields Too Large");
    }
    this.#refuse(socket, hasOwnMethod(error) ? "501 Not Implemented" : "400 Bad Request");
  }

  #refuse(socket: Socket, status: string): void {
    const held = this.#bySocket.get(socket);
    if (held === undefined) return void socket.destroy();
    if (held.isAnswering || !socket.writable) return held.connection.cut();
    socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    socket.resume();
    held.connection.end();
  }
}

/** A close event follows each error. */
function ignore(): void {}

function portOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
