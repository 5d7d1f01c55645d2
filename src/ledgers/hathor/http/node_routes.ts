import { z } from "zod";
import { inJson } from "../../../web/operation.ts";
import { hashForm } from "../json/answer_forms.ts";
import { maybe, successWith, toldOf } from "./told.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { PyFloat, type PyJson } from "../../../python/json.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import type { RequestArguments } from "./arguments.ts";
import { jsonAnswer } from "./responses.ts";

/** The release that this server speaks as. */
export const NODE_VERSION = "0.72.0";

/** Decimal places of amounts of version 2, which no vertex of these networks has. */
const V2_DECIMAL_PLACES = 18;

/** Why a node that does not know its network is not well. */
const NO_RECENT_BLOCKS = "Node doesn't have recent blocks";

/** Blocks that the status shows. */
const BLOCKS_SHOWN = 20;

const HEALTH = z.object({ strict_status_code: maybe("1 for a 200 whatever is told") });

/** How many sockets wallets have open, and how many addresses they listen to. */
export interface SocketCounts {
  readonly connections: number;
  readonly addresses: number;
}

/** The counts of all parts of the server together. */
export function sumOf(all: readonly SocketCounts[]): SocketCounts {
  return {
    connections: all.reduce((sum, { connections }) => sum + connections, 0),
    addresses: all.reduce((sum, { addresses }) => sum + addresses, 0),
  };
}

/** What the node knows of the server that it is part of. */
export interface NodeFacts {
  readonly clock: Clock;
  /** When the server began, in milliseconds since the epoch. */
  readonly startedAt: number;
  socketCounts(): Promise<SocketCounts>;
  /** Whether contracts are executed, here or by whom this server copies; left out for here. */
  executesContracts?(): Promise<boolean>;
}

/** What the node tells of itself. */
export function nodeRoutes(queries: NodeQueries, facts: NodeFacts): Route[] {
  const { clock, startedAt } = facts;
  return [
    {
      path: "/version",
      told: { GET: toldOf("The version and the settings of the network", versionForm) },
      GET: () => versionJson(queries, facts),
      isOpen: true,
    },
    {
      path: "/status",
      told: { GET: toldOf("How the node is, and its best chain", statusForm) },
      GET: () => status(queries, (clock.now() - startedAt) / 1_000),
    },
    {
      path: "/health",
      told: {
        GET: toldOf("Says whether the node is well", healthForm, () => ({
          query: HEALTH,
          more: { 503: inJson(healthForm()) },
        })),
      },
      GET: ({ args }) => health(queries, clock, args),
      isOpen: true,
    },
    {
      path: "/p2p/readiness",
      told: {
        GET: toldOf("Says whether the node knows its network", successWith, () => ({
          more: { 503: inJson(z.object({ success: z.literal(false), reason: z.string() })) },
        })),
      },
      GET: () => readiness(queries),
      isOpen: true,
    },
    {
      path: "/websocket_stats",
      told: {
        GET: toldOf(
          "Counts the sockets of wallets",
          () => z.object({ connections: z.int(), subscribed_addresses: z.int() }),
        ),
      },
      async GET() {
        const { connections, addresses } = await facts.socketCounts();
        return { connections, subscribed_addresses: addresses };
      },
    },
  ];
}

function versionForm() {
  return z.looseObject({
    version: z.string(),
    network: z.string(),
    min_weight: z.number(),
    min_tx_weight: z.number(),
    reward_spend_min_blocks: z.number(),
    max_number_inputs: z.number(),
    max_number_outputs: z.number(),
    decimal_places: z.number(),
    genesis_block_hash: hashForm,
    native_token: z.object({ name: z.string(), symbol: z.string(), version: z.int() }),
  });
}

function statusForm() {
  const block = z.looseObject({ hash: hashForm, height: z.number() });
  return z.looseObject({
    server: z.looseObject({ id: z.string(), network: z.string(), state: z.string() }),
    dag: z.looseObject({
      first_timestamp: z.number(),
      latest_timestamp: z.number(),
      best_block: block,
      best_blockchain: z.array(z.unknown()),
    }),
  });
}

/** What the node and the service of miners tell of their health. */
export function healthForm() {
  const status = z.enum(["pass", "fail"]);
  const check = z.looseObject({ componentName: z.string(), status, time: z.string() });
  return z.object({
    status,
    description: z.string(),
    checks: z.record(z.string(), z.array(check)),
  });
}

async function versionJson(
  { network, node }: NodeQueries,
  { executesContracts }: NodeFacts,
): Promise<PyJson> {
  const { genesis, nativeToken, depositNumerator, depositDenominator } = network;
  return {
    version: NODE_VERSION,
    network: network.name,
    // Whatever the network allows: wallets have to know whether anybody executes them for them.
    nano_contracts_enabled: await executesContracts?.() ?? node.contracts !== undefined,
    min_weight: numberJson(network.minTxWeight),
    min_tx_weight: numberJson(network.minTxWeight),
    min_tx_weight_coefficient: new PyFloat(network.minTxWeightCoefficient),
    min_tx_weight_k: new PyFloat(network.minTxWeightK),
    token_deposit_percentage: new PyFloat(Number(depositNumerator) / Number(depositDenominator)),
    token_deposit_percentage_numerator: depositNumerator,
    token_deposit_percentage_denominator: depositDenominator,
    reward_spend_min_blocks: network.rewardSpendMinBlocks,
    max_number_inputs: network.maxInputs,
    max_number_outputs: network.maxOutputs,
    decimal_places: network.displayDecimalPlaces,
    display_decimal_places: network.displayDecimalPlaces,
    token_amount_v1_decimal_places: network.decimalPlaces,
    token_amount_v2_decimal_places: V2_DECIMAL_PLACES,
    genesis_block_hash: genesis.blockHash,
    genesis_tx1_hash: genesis.tx1Hash,
    genesis_tx2_hash: genesis.tx2Hash,
    native_token: { name: nativeToken.name, symbol: nativeToken.symbol, version: 0 },
  };
}

/** An integer where it is one, as settings have it. */
function numberJson(value: number): PyJson {
  return Number.isInteger(value) ? value : new PyFloat(value);
}

async function status(queries: NodeQueries, uptime: number): Promise<PyJson> {
  const { best, firstTimestamp, latestTimestamp } = await queries.state();
  const { peerId } = await queries.identity();
  const bestBlock = { hash: best.hash, height: best.height };
  return {
    server: {
      id: peerId,
      app_version: `Hathor v${NODE_VERSION}`,
      state: queries.isSynced ? "READY" : "SYNCING",
      network: queries.network.name,
      uptime: new PyFloat(uptime),
      entrypoints: [],
    },
    peers_whitelist: [],
    known_peers: [],
    connections: { connected_peers: [], handshaking_peers: [], connecting_peers: [] },
    dag: {
      first_timestamp: firstTimestamp,
      latest_timestamp: latestTimestamp,
      best_block_tips: [bestBlock],
      best_block: bestBlock,
      best_blockchain: await queries.bestChain(BLOCKS_SHOWN),
    },
  };
}

/**
 * The original calls itself ill where it has no peers. This node needs none on a network of its own;
 * of a network that others keep it knows nothing, and says so.
 */
function health(queries: NodeQueries, clock: Clock, args: RequestArguments): Response {
  const { isSynced } = queries;
  const status = isSynced ? "pass" : "fail";
  const body = {
    status,
    description: "Health status of hathor-core",
    checks: {
      sync: [{
        componentName: "sync",
        componentType: "internal",
        status,
        output: isSynced ? "Healthy" : NO_RECENT_BLOCKS,
        time: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      }],
    },
  };
  const isPlain = isSynced || args.read(HEALTH).strict_status_code === "1";
  return jsonAnswer(body, isPlain ? 200 : 503);
}

function readiness(queries: NodeQueries): Response {
  if (queries.isSynced) return jsonAnswer({ success: true });
  return jsonAnswer({ success: false, reason: NO_RECENT_BLOCKS }, 503);
}
