import type { IncomingMessage, ServerResponse } from "node:http";
import { LEAVE_MS, UNREAD_BYTES } from "../../kernel/limits.ts";
import { type Exchange, setExchange } from "../../sockets/exchange.ts";
import type { Outlet } from "./answer.ts";
import type { HttpConnection } from "./connection.ts";
import { edgeRequest } from "./edge_request.ts";
import { hasEnded, IncomingBody } from "./incoming_body.ts";
import type { AbortableRequest } from "./lazy_request.ts";

/** What the requests of one connection have in common. */
export interface ExchangeContext {
  readonly connection: HttpConnection;
  readonly scheme: string;
  isStopping(): boolean;
  /** The client has taken a part of an answer, over HTTP/2. */
  passed(): void;
}

/** A request of `node:http` with its answer. */
export class NodeExchange implements Exchange, Outlet {
  readonly request: AbortableRequest;
  readonly response: ServerResponse;
  readonly body: IncomingBody | undefined;
  readonly isHead: boolean;
  readonly hasReasons: boolean;
  readonly #incoming: IncomingMessage;
  readonly #context: ExchangeContext;
  #tasks: (() => void)[] | undefined;
  #leaveTasks: (() => void)[] | undefined;
  #hasLeft = false;
  #isOver = false;
  #isRefused = false;

  constructor(incoming: IncomingMessage, response: ServerResponse, context: ExchangeContext) {
    this.response = response;
    this.#incoming = incoming;
    this.#context = context;
    this.isHead = incoming.method === "HEAD";
    this.hasReasons = incoming.httpVersionMajor < 2;
    const isReadable = !this.isHead && incoming.method !== "GET";
    const body = isReadable || hasBody(incoming) ? new IncomingBody(incoming) : undefined;
    this.body = body;
    // A GET has no body to routes, as with `fetch`.
    this.request = edgeRequest(incoming, context.scheme, isReadable ? body : undefined);
    setExchange(this.request, this);
  }

  get isLast(): boolean {
    return this.#isRefused || this.#context.isStopping() || this.#hasLeft ||
      isAskedToBe(this.#incoming) ||
      this.rest !== undefined;
  }

  /** Bytes of its answer that HTTP/2's flow control holds back. */
  get unsent(): number {
    const { stream } = this.response as { readonly stream?: { readonly writableLength: number } };
    return stream?.writableLength ?? 0;
  }

  get buffered(): number {
    return this.hasReasons ? this.response.socket?.writableLength ?? 0 : this.unsent;
  }

  /** No more requests are read from this connection. */
  refuse(): void {
    this.#isRefused = true;
  }

  get rest(): (() => Promise<void>) | undefined {
    const { body } = this;
    if (body === undefined || body.isWhole || !this.hasReasons || body.isBeingRead) {
      return undefined;
    }
    if (body.left <= UNREAD_BYTES) return void body.discard();
    return () => body.discarded(LEAVE_MS);
  }

  passed(): void {
    this.#context.passed();
  }

  whenLeft(task: () => void): void {
    if (this.#hasLeft) task();
    else (this.#leaveTasks ??= []).push(task);
  }

  whenOver(task: () => void): void {
    if (this.#isOver) task();
    else (this.#tasks ??= []).push(task);
  }

  cut(): void {
    if (this.hasReasons) this.#context.connection.cut();
    else this.response.destroy();
  }

  /** The client has sent a FIN: it sends no more, and may have gone. */
  left(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.request.abort();
    for (const task of this.#leaveTasks ?? []) task();
    // The rest of the request's body will never come.
    if (this.body?.isWhole === false) this.cut();
  }

  /** The answer has been sent in full, or the connection is gone. */
  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.response.writableFinished) this.left();
    for (const task of this.#tasks ?? []) task();
  }
}

const NONE: readonly string[] = [];

/** Whether the connection ends after the answer: by its header, or by default before HTTP/1.1. */
function isAskedToBe({ headers, httpVersion }: IncomingMessage): boolean {
  const words = headers.connection?.toLowerCase().split(",").map((word) => word.trim()) ?? NONE;
  return words.includes("close") || (httpVersion === "1.0" && !words.includes("keep-alive"));
}

/** Whether a request says that it has a body. */
function hasBody(incoming: IncomingMessage): boolean {
  const { headers, httpVersionMajor } = incoming;
  if (hasEnded(incoming)) return false;
  return httpVersionMajor > 1 || headers["transfer-encoding"] !== undefined ||
    Number(headers["content-length"] ?? 0) > 0;
}
