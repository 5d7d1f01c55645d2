import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { until } from "./until.ts";

/** What a road does with what is to change something. */
export type RoadMode = "held" | "lost" | "refused" | "open";

/** A request that is held: whether whoever has sent it is gone. */
export interface Held {
  readonly path: string;
  isLeft: boolean;
}

/**
 * A road to a server. What is to change something is held; or it is done there and not answered, as
 * if the server had died after it; or it is refused at once; or it is answered.
 */
export class OnceHeldRoad {
  mode: RoadMode;
  readonly held: Held[] = [];
  readonly origin: string;
  readonly #target: string;
  readonly #server: Server;
  readonly #answers = new Set<ServerResponse>();

  private constructor(target: string, mode: RoadMode, server: Server, port: number) {
    this.#target = target;
    this.mode = mode;
    this.#server = server;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async open(target: string, mode: RoadMode = "held"): Promise<OnceHeldRoad> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    const port = await until("it listens", () => {
      const address = server.address();
      return typeof address === "object" && address !== null && address.port;
    });
    const road = new OnceHeldRoad(target, mode, server, port);
    server.on("request", (request: IncomingMessage, answer: ServerResponse) => {
      road.#answer(request, answer).catch(() => answer.destroy());
    });
    return road;
  }

  /** Cuts the connections of what is held, without an answer. */
  cut(): void {
    for (const answer of this.#answers) answer.destroy();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request;
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    const isRead = method === "GET" || method === "HEAD";
    if (!isRead && this.mode === "refused") {
      answer.writeHead(400);
      answer.end();
      return;
    }
    if (!isRead && this.mode === "held") {
      const held: Held = { path: url, isLeft: false };
      this.held.push(held);
      this.#answers.add(answer);
      answer.on("close", () => {
        held.isLeft = true;
        this.#answers.delete(answer);
      });
      return;
    }
    const headers = new Headers(
      Object.entries(request.headers).map(([name, value]) =>
        [name, String(value)] as [string, string]
      ),
    );
    for (const name of ["host", "connection", "content-length"]) headers.delete(name);
    const left = new AbortController();
    answer.on("close", () => left.abort());
    const { signal } = left;
    const body = isRead ? null : new Blob(parts as Uint8Array<ArrayBuffer>[]);
    const told = await fetch(this.#target + url, { method, headers, body, signal });
    if (!isRead && this.mode === "lost") {
      await told.body?.cancel();
      answer.destroy();
      return;
    }
    const shown = [...told.headers].filter(([name]) => name !== "content-encoding");
    answer.writeHead(told.status, Object.fromEntries(shown));
    for await (const part of told.body ?? []) answer.write(part);
    answer.end();
  }
}
