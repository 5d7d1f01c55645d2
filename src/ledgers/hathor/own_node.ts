import { getLogger } from "@logtape/logtape";
import { SignatureWorkers } from "../../crypto/signature_workers.ts";
import type { Clock } from "../../kernel/clock.ts";
import { isDamage } from "../../kernel/errors.ts";
import type { Ledger, LedgerContext } from "../../web/ledger.ts";
import { contractsExecuted } from "./executed_contracts.ts";
import { HATHOR_WORDS, nodeRouter } from "./http/app.ts";
import { depositRoutes } from "./deposits/deposit_routes.ts";
import { DepositService } from "./deposits/deposit_service.ts";
import { DepositWatch } from "./deposits/deposit_watch.ts";
import { genesisAccounts, isGenesisOfWords } from "./dev/accounts.ts";
import { Faucet } from "./dev/faucet.ts";
import { doubleSpend } from "./dev/double_spend.ts";
import { mineBlocks } from "./dev/mine.ts";
import { reorganise } from "./dev/reorganise.ts";
import { pushRejection } from "./http/push_routes.ts";
import { nodeHttpRoutes } from "./http/routes.ts";
import { sumOf } from "./http/node_routes.ts";
import { assertNotFollowed } from "./intake/followed_life.ts";
import { Intake } from "./intake/intake.ts";
import { type HathorNode, openNode } from "./intake/node.ts";
import { startNode } from "./intake/start.ts";
import { JobBook } from "./mining/jobs/job_book.ts";
import { JobMiner } from "./mining/jobs/job_miner.ts";
import { jobRoutes } from "./mining/jobs/job_routes.ts";
import { Miner } from "./mining/miner.ts";
import { NonceSearch } from "./mining/nonce_search.ts";
import { plainBlockRoute } from "./mining/plain_blocks.ts";
import { miningSocketRoutes } from "./mining/routes.ts";
import { blockSubmission } from "./mining/submission.ts";
import { minersRoute } from "./mining/stratum/miners_route.ts";
import { StratumServer } from "./mining/stratum/stratum_server.ts";
import { TemplateFeed } from "./mining/template_feed.ts";
import { TransactionWork } from "./mining/transaction_work.ts";
import { WorkDesk } from "./mining/work_desk.ts";
import { LEDGER } from "./networks/chain_names.ts";
import type { CallArguments } from "./nano/contract_questions.ts";
import { openContracts } from "./open_contracts.ts";
import { readCallArguments } from "./queries/contracts.ts";
import { NodeQueries } from "./queries/node_queries.ts";
import type { HathorSettings } from "./settings.ts";
import { SpendingWallet } from "./wallet/spending_wallet.ts";
import { secondVersion, sendingRoutes } from "./wallet/routes.ts";
import { socketNodes, socketRoutes } from "./sockets/routes.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** A node of its own, which decides what its network has. */
export async function ownNode(
  ledger: LedgerContext,
  { network, mine, wallet, words, stratum: place, isThrottled, isMirror }: HathorSettings,
): Promise<Ledger> {
  const { log, clock, owner, startedAt } = ledger;
  await assertNotFollowed(log, network.name);
  const signatures = new SignatureWorkers();
  const contracts = await openContracts(ledger, { network, clock });
  const node = await openNode({ log, clock, network, contracts, isMirror });
  const intake = new Intake(node, signatures);
  const queries = new NodeQueries(node, {
    keepWork: owner.task("hathor/work", (asked) => node.works.keep(asked)),
    readArguments: owner.task(
      "hathor/arguments",
      (calls: readonly CallArguments[]) => readCallArguments(node, calls),
      "here",
    ),
  });
  const feed = new TemplateFeed(queries, clock);
  const book = new JobBook(log, network, clock);
  const search = new NonceSearch();
  const work = new TransactionWork(clock, search);
  const jobMiner = new JobMiner(queries, intake, book, clock, work);
  const desk = new WorkDesk(clock, work);
  const own = words === undefined ? undefined : new SpendingWallet(queries, words);
  const miner = mine === undefined ? undefined : new Miner(queries, intake, { clock, ...mine });
  const ownAddress = async () => await own?.open?.addresses.unused({ isMarked: false });
  // Nothing is mined for a copy.
  const stratum = isMirror ? undefined : place && new StratumServer({
    queries,
    peerId: (await node.identity()).peerId,
    intake,
    feed,
    work,
    shared: ledger,
    clock,
    ownAddress,
  });
  const deposits = new DepositService(log, node);
  const watch = new DepositWatch(deposits);
  const nodes = socketNodes(ledger, queries, { wallet, isThrottled });
  const allCounts = owner.survey("hathor/sockets", () => nodes.admin.stats());
  const socketCounts = async () => sumOf(await allCounts());
  const executesContracts = contractsExecuted(node, owner, clock);
  const submitBlock = blockSubmission(intake, owner);
  const isOfWords = isGenesisOfWords(network);
  const faucet = isOfWords && !network.isShared ? new Faucet(queries, intake, clock) : undefined;
  return {
    routes(app, port) {
      const prefix = port === undefined ? `/${LEDGER}` : undefined;
      // Miners may leave the version of the API out, and under a prefix all may.
      const either = ["/v1a", ""];
      const routes = [
        ...nodeHttpRoutes(queries, intake, { clock, startedAt, socketCounts, executesContracts }),
        ...sendingRoutes({ queries, intake, desk }, own),
        minersRoute(stratum),
      ];
      socketRoutes(app, ledger, queries, nodes);
      depositRoutes(app, ledger.access, deposits);
      miningSocketRoutes(app, either, {
        chain: node.chain.name,
        shared: ledger,
        feed,
        submitBlock,
      });
      nodeRouter({ access: ledger.access, chain: node.chain.name, prefix })
        .addLeaves(either, [plainBlockRoute(node, intake, ownAddress)])
        .addLeaves(prefix === undefined ? ["/v1a"] : either, routes)
        .addLeaves(["/v2"], secondVersion(routes))
        .add(["/tx-mining"], jobRoutes({ network, clock, startedAt, book, miner, intake }))
        .mount(app);
    },
    async start() {
      // A port that is taken ends the start before anything has begun.
      if (place !== undefined) stratum?.listen(place);
      await begun(() => startNode(node));
      watch.start();
      await Promise.all([
        begun(() => feed.start()),
        begun(() => jobMiner.start()),
        begun(async () => await miner?.start()),
      ]);
      stratum?.start();
    },
    async stop() {
      miner?.stop();
      await watch.stop();
      await stratum?.stop();
      await faucet?.stop();
      feed.stop();
      desk.stop();
      await jobMiner.stop();
      signatures.stop();
      nodes.admin.stop();
      await contracts?.close();
    },
    nextDue: () => watch.nextDue(),
    handsOver: true,
    ...(miner === undefined ? {} : { setPace: (pace) => miner.setPace(pace) }),
    network: network.name,
    ...devOf(node, { queries, intake, clock, faucet, isOfWords }),
    words: HATHOR_WORDS,
    exposedHeaders: "retry-after",
  };
}

/** What a developer may tell it to do. */
function devOf(
  { network, rows }: HathorNode,
  { queries, intake, clock, faucet, isOfWords }: {
    readonly queries: NodeQueries;
    readonly intake: Intake;
    readonly clock: Clock;
    readonly faucet: Faucet | undefined;
    readonly isOfWords: boolean;
  },
): Partial<Ledger> {
  return {
    rejection: pushRejection,
    ...isOfWords && { accounts: () => genesisAccounts(network, rows) },
    ...faucet && {
      pay: (payment) => faucet.pay(payment),
      doubleSpend: async (id) => {
        const other = await doubleSpend(queries, intake, clock, id);
        faucet.forget();
        return other;
      },
    },
    ...!network.isShared && {
      mine: (blocks) => mineBlocks(queries, intake, clock, blocks),
      reorganise: async (depth) => {
        const reorganised = await reorganise(queries, intake, clock, depth);
        faucet?.forget();
        return reorganised;
      },
    },
  };
}

/** Begins a part of the ledger. One whose chain is damaged says so, and stops no other. */
async function begun(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!isDamage(error)) throw error;
    logger.error("a chain is damaged: {error}", { error: error.message });
  }
}
