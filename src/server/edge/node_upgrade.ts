import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type Exchange, setExchange, type SocketEvents } from "../../sockets/exchange.ts";
import { respond } from "../../web/whole_response.ts";
import { reasonPhrase } from "./answer.ts";
import type { AbortableRequest } from "./lazy_request.ts";
import { type Handshake, takeOverSocket } from "./node_socket.ts";

/**
 * A WebSocket handshake, until it is a socket or is refused. It is there until the connection ends, so
 * what was asked is let go of once it is a socket: that is 4 KB of each.
 */
export class UpgradeExchange implements Exchange {
  #request: AbortableRequest | undefined;
  #handshake: Handshake | undefined;
  #tasks: (() => void)[] | undefined;
  #isOver = false;

  constructor(request: AbortableRequest, handshake: Handshake) {
    this.#request = request;
    this.#handshake = handshake;
    setExchange(request, this);
  }

  /** Whether it has become a socket, so that the route's answer is not sent. */
  get isTaken(): boolean {
    return this.#handshake === undefined;
  }

  toSocket(protocol: string | undefined, events: SocketEvents): Response {
    const handshake = this.#handshake;
    this.#handshake = this.#request = undefined;
    if (handshake === undefined || !takeOverSocket(handshake, protocol, events)) {
      throw new Error("it is no handshake");
    }
    // It is not sent: the handshake is answered already.
    return respond(null, { status: 101 });
  }

  whenOver(task: () => void): void {
    if (this.#isOver) task();
    else (this.#tasks ??= []).push(task);
  }

  /** The connection is gone. */
  over(): void {
    this.#isOver = true;
    this.#request?.abort();
    const tasks = this.#tasks;
    this.#tasks = undefined;
    for (const task of tasks ?? []) task();
  }
}

/** Writes the answer to a refused handshake by hand: `node:http` has let go of its connection. */
export async function sendOnSocket(answer: Response, socket: Socket): Promise<void> {
  const { status, statusText, headers, body } = answer;
  const reason = reasonPhrase(statusText) || STATUS_CODES[status] || "";
  const lines = [`HTTP/1.1 ${status} ${reason}`];
  headers.forEach((value, name) => lines.push(`${name}: ${value}`));
  lines.push(`date: ${new Date().toUTCString()}`, "connection: close");
  const reader = body?.getReader();
  socket.once("close", () => void reader?.cancel().catch(() => {}));
  const first = await reader?.read();
  // Most bodies are one piece.
  const second = first?.done === false ? reader?.read() : undefined;
  let isWhole = first === undefined || first.done;
  void second?.then(({ done }) => isWhole = done, () => {});
  for (let turn = 0; turn < 4 && !isWhole; turn++) await undefined;
  if (isWhole && !headers.has("content-length")) {
    lines.push(`content-length: ${first?.value?.length ?? 0}`);
  }
  // Together, as far as they are there.
  socket.cork();
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (first?.value !== undefined) socket.write(first.value);
  socket.uncork();
  for (let part = await second; part?.done === false; part = await reader?.read()) {
    if (!socket.write(part.value)) {
      await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve));
    }
  }
}
