import type { HttpConnection } from "./connection.ts";
import type { NodePeer } from "./node_connection.ts";
import type { ExchangeContext, NodeExchange } from "./node_exchange.ts";
import type { UpgradeExchange } from "./node_upgrade.ts";
import type { Pipeline } from "./pipeline.ts";

const NO_EXCHANGES: readonly NodeExchange[] = [];

/** A listener, as its connections know it. */
export interface PortState {
  readonly scheme: string;
  readonly isStopping: boolean;
}

/**
 * A connection of a listener, with the requests of it that are not answered yet. There are thousands
 * that only listen: each has what it needs and no more.
 */
export class Held implements ExchangeContext {
  readonly peer: NodePeer;
  readonly connection: HttpConnection;
  /** Made for the first request, and let go of with a socket. */
  #exchanges: Set<NodeExchange> | undefined;
  readonly #listener: PortState;
  /** The pipelined requests of HTTP/1. */
  pipeline: Pipeline | undefined;
  /** The request to become a socket. */
  upgrade: UpgradeExchange | undefined;

  constructor(peer: NodePeer, connection: HttpConnection, listener: PortState) {
    this.peer = peer;
    this.connection = connection;
    this.#listener = listener;
  }

  get exchanges(): Iterable<NodeExchange> {
    return this.#exchanges ?? NO_EXCHANGES;
  }

  get isAnswering(): boolean {
    return this.#exchanges !== undefined && this.#exchanges.size > 0;
  }

  get scheme(): string {
    return this.#listener.scheme;
  }

  isStopping(): boolean {
    return this.#listener.isStopping;
  }

  passed(): void {
    this.peer.passed();
  }

  begin(exchange: NodeExchange): void {
    (this.#exchanges ??= new Set()).add(exchange);
    this.connection.begin(exchange.body);
  }

  finish(exchange: NodeExchange): void {
    this.#exchanges?.delete(exchange);
    this.connection.finish();
  }

  /** It is a socket: requests come no more. Those before it that wait for an answer end with it. */
  upgraded(): void {
    if (!this.isAnswering) this.#exchanges = undefined;
  }
}
