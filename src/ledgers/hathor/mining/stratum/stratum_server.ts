import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../../../../kernel/clock.ts";
import { LedgerError, messageOf } from "../../../../kernel/errors.ts";
import type { PyJson } from "../../../../python/json.ts";
import type { Shared } from "../../../../web/shared.ts";
import type { Intake } from "../../intake/intake.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import type { Block } from "../../vertex/vertex.ts";
import type { TemplateFeed } from "../template_feed.ts";
import type { TransactionWork } from "../transaction_work.ts";
import { StratumConnection } from "./stratum_connection.ts";
import { StratumMiner, type StratumNode } from "./stratum_miner.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** Milliseconds until connections are accepted again, after one could not be. */
const ACCEPT_AGAIN_MS = 1_000;

/** What miners' connections are made of. */
export interface StratumOptions {
  readonly queries: NodeQueries;
  /** The node's own, which names jobs. */
  readonly peerId: string;
  readonly intake: Intake;
  readonly feed: TemplateFeed;
  readonly work: TransactionWork;
  readonly shared: Shared;
  readonly clock: Clock;
  /** Whom miners without an address of their own mine for. */
  ownAddress(): Promise<string | undefined>;
}

/** Where miners connect to. */
export interface StratumPlace {
  readonly host: string;
  readonly port: number;
}

/** Miners by the stratum protocol, each on a TCP connection of his own, in lines of JSON. */
export class StratumServer {
  readonly #options: StratumOptions;
  readonly #node: StratumNode;
  readonly #miners = new Map<StratumMiner, StratumConnection>();
  #listener: Deno.TcpListener | undefined;
  readonly #stopping = new AbortController();
  #serving: Promise<void> | undefined;
  #cancelListening: (() => void) | undefined;
  /** The block that the last jobs build on. */
  #parent: string | undefined;

  constructor(options: StratumOptions) {
    const { queries, intake, feed, work, clock } = options;
    this.#options = options;
    this.#node = {
      network: queries.network,
      clock,
      peerId: options.peerId,
      isSynced: queries.isSynced,
      work,
      template: () => feed.template(),
      ownAddress: () => options.ownAddress(),
      submit: async (block: Block) => (await intake.submitBlock(block)).isAccepted,
    };
  }

  /** Takes the port; which one that is. Throws `config_invalid` where it is taken. */
  listen({ host, port }: StratumPlace): number {
    const hostname = host === "localhost" ? "127.0.0.1" : host;
    try {
      this.#listener = Deno.listen({ hostname, port });
    } catch (error) {
      const message = `hathor-stratum-port: cannot listen on ${host}:${port}: ${messageOf(error)}`;
      throw new LedgerError("config_invalid", message);
    }
    return this.#listener.addr.port;
  }

  /** Begins to serve whoever connects; the feed has begun before. */
  start(): void {
    if (this.#listener === undefined) return;
    const { feed } = this.#options;
    this.#parent = feed.current?.parent;
    this.#cancelListening = feed.listen(() => this.#changed());
    this.#serving = this.#serve(this.#listener);
    const { hostname: host, port } = this.#listener.addr;
    logger.info("stratum: miners connect to {host}:{port}", { host, port });
  }

  /** Ends all connections, and resolves when they are gone. */
  async stop(): Promise<void> {
    this.#cancelListening?.();
    this.#stopping.abort();
    this.#listener?.close();
    for (const connection of this.#miners.values()) connection.cut();
    await this.#serving;
    await Promise.all([...this.#miners.values()].map(({ done }) => done));
  }

  /** What is told of those who mine. */
  stats(): PyJson {
    return [...this.#miners.keys()].filter(({ isSubscribed }) => isSubscribed)
      .map(({ stats }) => stats);
  }

  async #serve(listener: Deno.TcpListener): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#accept(await listener.accept());
      } catch (error) {
        // Closing the listener ends the wait with an error.
        if (signal.aborted) return;
        // Such as that no more files may be open: others may be closed by and by.
        logger.error("stratum: no miner can connect: {error}", { error: messageOf(error) });
        await sleep(clock, ACCEPT_AGAIN_MS, signal);
      }
    }
  }

  #accept(tcp: Deno.TcpConn): void {
    const { queries, shared, clock } = this.#options;
    const connection = StratumConnection.open(tcp, { shared, clock, chain: queries.chain.name });
    if (connection === undefined) return;
    const miner = new StratumMiner(this.#node, connection);
    this.#miners.set(miner, connection);
    connection.begin(miner).finally(() => {
      miner.end();
      this.#miners.delete(miner);
    });
  }

  /** After a block every miner gets another job; what waits for one is no reason. */
  #changed(): void {
    const parent = this.#options.feed.current?.parent;
    if (parent === this.#parent) return;
    this.#parent = parent;
    for (const miner of this.#miners.keys()) {
      if (miner.isSubscribed && !miner.buildsOn(parent)) void miner.renew();
    }
  }
}
