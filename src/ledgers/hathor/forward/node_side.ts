import type { LedgerApp, LedgerContext } from "../../../web/ledger.ts";
import type { SocketCounts } from "../http/node_routes.ts";
import type { RemoteNode } from "../follow/remote_node.ts";
import { nodeRouter } from "../http/app.ts";
import { nodeHttpRoutes } from "../http/routes.ts";
import { JobBook } from "../mining/jobs/job_book.ts";
import { JobMiner } from "../mining/jobs/job_miner.ts";
import { jobRoutes } from "../mining/jobs/job_routes.ts";
import { NonceSearch } from "../mining/nonce_search.ts";
import { plainBlockRoute } from "../mining/plain_blocks.ts";
import { addMiningSockets } from "../mining/routes.ts";
import { minersRoute } from "../mining/stratum/miners_route.ts";
import { TransactionWork } from "../mining/transaction_work.ts";
import { WorkDesk } from "../mining/work_desk.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { secondVersion, sendingRoutes } from "../wallet/routes.ts";
import { Forwarding } from "./forwarding.ts";
import { withForwarded } from "./forwarded_routes.ts";
import { MiningRelay } from "./mining_relay.ts";
import { NodeVersion } from "./node_version.ts";
import { RemoteIntake } from "./remote_intake.ts";

/** What a followed node's routes are made of. */
export interface NodeSideOptions {
  readonly ledger: LedgerContext;
  /** What is known here by the node's events. */
  readonly queries: NodeQueries;
  readonly remote: RemoteNode;
  socketCounts(): Promise<SocketCounts>;
}

/**
 * The routes of a node that is followed: what its events tell is answered here, and all else is sent
 * to it. Transactions of wallets are mined here, as on a node of one's own, and sent to it as well.
 */
export class NodeSide {
  readonly #options: NodeSideOptions;
  readonly #intake: RemoteIntake;
  readonly #forwarding: Forwarding;
  readonly #version: NodeVersion;
  readonly #book: JobBook;
  readonly #jobMiner: JobMiner;
  readonly #desk: WorkDesk;

  constructor(options: NodeSideOptions) {
    const { ledger: { log, clock }, queries, remote } = options;
    const { network } = queries;
    this.#options = options;
    this.#intake = new RemoteIntake(network, remote);
    this.#forwarding = new Forwarding(remote);
    this.#version = new NodeVersion(remote, clock);
    this.#book = new JobBook(log, network, clock);
    const work = new TransactionWork(clock, new NonceSearch());
    this.#jobMiner = new JobMiner(queries, this.#intake, this.#book, clock, work);
    this.#desk = new WorkDesk(clock, work);
  }

  /** Adds them to an app, which is under `prefix` on the main port. */
  routes(app: LedgerApp, prefix: string | undefined): void {
    const { ledger, queries, remote, socketCounts } = this.#options;
    const { clock, startedAt, access } = ledger;
    const { network, node } = queries;
    const intake = this.#intake;
    const either = ["/v1a", ""];
    const forwarded = (routes: Parameters<typeof withForwarded>[0]) =>
      withForwarded(routes, this.#forwarding, this.#version);
    const routes = forwarded([
      ...nodeHttpRoutes(queries, intake, { clock, startedAt, socketCounts }),
      ...sendingRoutes({ queries, intake, desk: this.#desk }, undefined),
      minersRoute(undefined),
    ]);
    const plain = forwarded([plainBlockRoute(node, intake, () => Promise.resolve(undefined))]);
    addMiningSockets(app, either, {
      chain: node.chain.name,
      shared: ledger,
      begin: (session, maySubmit) =>
        new MiningRelay(session, { open: () => remote.socket("/mining_ws"), clock, maySubmit }),
    });
    const jobs = { network, clock, startedAt, book: this.#book, miner: undefined, intake };
    nodeRouter({ access, chain: node.chain.name, prefix })
      .addLeaves(either, plain)
      .addLeaves(prefix === undefined ? ["/v1a"] : either, routes)
      .addLeaves(["/v2"], secondVersion(routes))
      .add(["/tx-mining"], jobRoutes(jobs))
      .mount(app);
  }

  /** Begins to work on what wallets want mined. */
  start(): Promise<void> {
    return this.#jobMiner.start();
  }

  async stop(): Promise<void> {
    this.#desk.stop();
    await this.#jobMiner.stop();
  }
}
