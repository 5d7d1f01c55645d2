import { getLogger } from "@logtape/logtape";
import { SignatureWorkers } from "../../crypto/signature_workers.ts";
import { LedgerError } from "../../kernel/errors.ts";
import type { Ledger, LedgerContext, LedgerDefinition } from "../../web/ledger.ts";
import { HATHOR_WORDS, nodeRouter } from "./http/app.ts";
import { genesisAccounts, isGenesisOfWords } from "./dev/accounts.ts";
import { Faucet } from "./dev/faucet.ts";
import { mineBlocks } from "./dev/mine.ts";
import { nodeHttpRoutes } from "./http/routes.ts";
import { Intake } from "./intake/intake.ts";
import { openNode } from "./intake/node.ts";
import { startNode } from "./intake/start.ts";
import { JobBook } from "./mining/jobs/job_book.ts";
import { JobMiner } from "./mining/jobs/job_miner.ts";
import { jobRoutes } from "./mining/jobs/job_routes.ts";
import { jobProjection } from "./mining/jobs/projection.ts";
import { Miner } from "./mining/miner.ts";
import { plainBlockRoute } from "./mining/plain_blocks.ts";
import { miningSocketRoutes } from "./mining/routes.ts";
import { TemplateFeed } from "./mining/template_feed.ts";
import { HATHOR_PREFIX, JOBS_PREFIX, LEDGER } from "./networks/chain_names.ts";
import { NodeQueries } from "./queries/node_queries.ts";
import { hathorProjection } from "./rows/projection.ts";
import { readHathorSettings, settings } from "./settings.ts";
import { socketNodes, socketRoutes } from "./sockets/routes.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** Hathor, as hathor-core 0.72.0 has it, with the service that mines for wallets. */
export const hathor: LedgerDefinition = {
  name: LEDGER,
  title: "Hathor",
  settings,
  ports: ["hathor-port"],
  firstStep: (base) => `curl '${base}/v1a/event?size=1'`,
  eventsPath: "/v1a/event_ws",
  projectionOf(chain) {
    if (chain.startsWith(JOBS_PREFIX)) return jobProjection;
    return chain.startsWith(HATHOR_PREFIX) ? hathorProjection() : undefined;
  },
  create,
};

async function create(ledger: LedgerContext): Promise<Ledger> {
  const { log, clock } = ledger;
  const { network, mine, wallet, isThrottled } = await readHathorSettings(ledger.settings);
  const signatures = new SignatureWorkers();
  const node = await openNode({ log, clock, network });
  const intake = new Intake(node, signatures);
  const queries = new NodeQueries(node);
  const feed = new TemplateFeed(queries, clock);
  const book = new JobBook(log, network, clock);
  const jobMiner = new JobMiner(queries, intake, book, clock);
  const miner = mine === undefined ? undefined : new Miner(queries, intake, { clock, ...mine });
  const nodes = socketNodes(ledger, queries, { wallet, isThrottled });
  const isOfWords = isGenesisOfWords(network);
  const faucet = isOfWords && !network.isShared ? new Faucet(queries, intake, clock) : undefined;
  const socketCounts = () => nodes.admin.stats();
  return {
    routes(app, port) {
      const prefix = port === undefined ? `/${LEDGER}` : undefined;
      // Miners may leave the version of the API out, and under a prefix all may.
      const either = ["/v1a", ""];
      const routes = nodeHttpRoutes(queries, intake, clock, socketCounts);
      socketRoutes(app, ledger, queries, nodes);
      miningSocketRoutes(app, either, { intake, shared: ledger, feed });
      nodeRouter({ access: ledger.access, chain: node.chain.name, prefix })
        .add(either, [plainBlockRoute(node, intake)])
        .add(prefix === undefined ? ["/v1a"] : either, routes)
        .add(["/tx-mining"], jobRoutes({ network, clock, book, miner }))
        .mount(app);
    },
    async start() {
      await begun(() => startNode(node));
      await Promise.all([
        begun(() => feed.start()),
        begun(() => jobMiner.start()),
        begun(async () => await miner?.start()),
      ]);
    },
    async stop() {
      miner?.stop();
      await faucet?.stop();
      feed.stop();
      await jobMiner.stop();
      signatures.stop();
      nodes.admin.stop();
    },
    ...(miner === undefined ? {} : { setPace: (pace) => miner.setPace(pace) }),
    ...(faucet === undefined ? {} : { pay: (to, amount) => faucet.pay(to, amount) }),
    ...(isOfWords ? { accounts: () => genesisAccounts(network) } : {}),
    ...(network.isShared ? {} : { mine: (blocks) => mineBlocks(queries, intake, clock, blocks) }),
    words: HATHOR_WORDS,
    exposedHeaders: "retry-after",
  };
}

/** Begins a part of the ledger. One whose chain is damaged says so, and stops no other. */
async function begun(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "damaged") throw error;
    logger.error("a chain is damaged: {error}", { error: error.message });
  }
}
