import { z } from "zod";
import { PyFloat, type PyJson } from "../../../python/json.ts";
import {
  type ListPlace,
  newestBlocks,
  newestTransactions,
  type TimedHash,
} from "../queries/lists.ts";
import { CalledContracts } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { NODE_SYNCING, twoParents } from "../queries/templates.ts";
import { TRANSACTIONS } from "../rows/rows.ts";
import { weightOfWork, workOf } from "../rules/work.ts";
import { HASH_SIZE } from "../vertex/sizes.ts";
import { isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import {
  BadRequest,
  countOf,
  hexadecimal,
  naturalNumber,
  type RequestArguments,
  vertexHash,
} from "./arguments.ts";
import { hashForm, historyForm } from "../json/answer_forms.ts";
import { maybe, successWith, toldOf } from "./told.ts";
import { callExtras } from "./call_extras.ts";
import { detailsForm, histories, knownVertex, vertexDetails } from "./details.ts";

/** Vertices of one kind that one answer lists. */
const MOST_LISTED = 15;
const MOST_IN_MEMPOOL = 100;

/** A transaction is confirmed once its accumulated work is six times that of its first block. */
const CONFIRMATIONS = Math.log2(6);

const SINGLE = z.object({
  id: vertexHash.optional(),
  include_nc_logs: maybe("Of a call: `true` for what it logged"),
  include_nc_events: maybe("Of a call: `true` for what it told"),
});

const LIST = z.object({
  type: z.enum(["block", "tx"], "Invalid 'type' parameter, expected 'block' or 'tx'"),
  count: countOf(MOST_LISTED),
});

const WEIGHED = z.object({ id: vertexHash });

const NEWEST = z.object({ block: countOf(MOST_LISTED), tx: countOf(MOST_LISTED) });

/** Where a list goes on, if it does. */
const PLACE = z.object({
  hash: hexadecimal.refine(
    ({ length }) => length === HASH_SIZE,
    `length must be ${HASH_SIZE} bytes`,
  ),
  timestamp: naturalNumber(),
  page: z.enum(["next", "previous"], "Invalid 'page' parameter, expected 'previous' or 'next'"),
});

/** The same, as documents have it. */
export const PLACE_QUERY = PLACE.partial().shape;

/** All about one vertex; of a call what it logged and told as well, where that is asked for. */
async function transactionDetails(
  queries: NodeQueries,
  id: string,
  { include_nc_logs: logs, include_nc_events: events }: z.output<typeof SINGLE>,
): Promise<PyJson> {
  const view = await knownVertex(queries, id);
  const [extras] = await callExtras(queries, new CalledContracts(queries.node), [view], {
    withLogs: logs?.toLowerCase() === "true",
    withEvents: events?.toLowerCase() === "true",
  });
  return { ...await vertexDetails(queries, view), ...extras };
}

/** Single vertices, lists of the newest, parents for a new transaction, and the mempool. */
export function transactionRoutes(queries: NodeQueries): Route[] {
  return [
    {
      path: "/transaction",
      told: { GET: toldOfTransaction },
      async GET({ args }) {
        const { id, ...asked } = args.read(SINGLE);
        if (id === undefined) return await listed(queries, args);
        return await transactionDetails(queries, id, asked);
      },
    },
    {
      path: "/transaction_acc_weight",
      told: { GET: toldOfWeight },
      GET: ({ args }) => confirmation(queries, args.read(WEIGHED).id),
    },
    {
      path: "/dashboard_tx",
      told: { GET: toldOfNewest },
      async GET({ args }) {
        const { tx: transactions, block: blocks } = args.read(NEWEST);
        const newestOf = async (kind: "tx" | "block", count: number) => {
          const found = await newest(queries, kind, count);
          return await histories(queries, found.map(({ hash }) => hash));
        };
        return {
          success: true,
          transactions: await newestOf("tx", transactions),
          blocks: await newestOf("block", blocks),
        };
      },
    },
    {
      path: "/tx_parents",
      told: { GET: toldOfParents },
      async GET() {
        if (!queries.isSynced) throw new BadRequest(NODE_SYNCING);
        return { success: true, tx_parents: await twoParents(queries.node) };
      },
    },
    {
      path: "/mempool",
      told: { GET: toldOfMempool },
      GET: async () => ({ success: true, transactions: await oldestWaiting(queries) }),
    },
  ];
}

const toldOfTransaction = toldOf(
  "Shows a vertex, or lists the newest of a kind",
  () => z.union([detailsForm(), z.object(pageForm())]),
  () => ({ query: SINGLE.extend(LIST.partial().shape).extend(PLACE_QUERY) }),
);

const toldOfWeight = toldOf("How far a transaction is confirmed", () =>
  successWith({
    accumulated_weight: z.number(),
    accumulated_weight_raw: z.string(),
    accumulated_bigger: z.boolean(),
    stop_value: z.number().optional(),
    confirmation_level: z.number(),
  }), () => ({ query: WEIGHED }));

const toldOfNewest = toldOf("The newest transactions and blocks", () => {
  const vertices = z.array(historyForm());
  return successWith({ transactions: vertices, blocks: vertices });
}, () => ({ query: NEWEST }));

const toldOfParents = toldOf(
  "Parents for a new transaction",
  () => successWith({ tx_parents: z.array(hashForm) }),
);

const toldOfMempool = toldOf(
  "Transactions that no block confirms",
  () => successWith({ transactions: z.array(hashForm) }),
);

/** One page of a list. */
export function pageForm() {
  return { transactions: z.array(historyForm()), has_more: z.boolean() };
}

/** The first of the mempool to arrive, in order of their timestamps. */
async function oldestWaiting(queries: NodeQueries): Promise<string[]> {
  const waiting = await queries.mempool(MOST_IN_MEMPOOL);
  const views = await Promise.all(waiting.map((hash) => queries.vertex(hash)));
  return views.filter((view) => view !== undefined).map(({ vertex }) => vertex)
    .sort((a, b) => a.timestamp - b.timestamp).map(({ hash }) => hash);
}

async function listed(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const { count, type } = args.read(LIST);
  const place = listPlace(args);
  return await page(queries, await newest(queries, type, count + 1, place), count, place);
}

/** Blocks, or transactions, that count, the newest first. */
function newest(
  { node }: NodeQueries,
  kind: "block" | "tx",
  count: number,
  place?: ListPlace,
): Promise<TimedHash[]> {
  return kind === "block"
    ? newestBlocks(node, count, place)
    : newestTransactions(node.chain, TRANSACTIONS, count, place);
}

/** Where a list goes on, by the arguments `hash`, `timestamp` and `page`. */
export function listPlace(args: RequestArguments): ListPlace {
  if (args.find("hash") === undefined) return {};
  const { hash, timestamp, page } = args.read(PLACE);
  const at = { hash: hash.toHex(), timestamp: Number(timestamp) };
  return page === "next" ? { after: at } : { before: at };
}

/** One page of a list in the order of the index that it is of. `found` has one entry more than `count` where there is a next page. */
export async function page(
  queries: NodeQueries,
  found: readonly TimedHash[],
  count: number,
  { before }: ListPlace,
): Promise<{ transactions: PyJson; has_more: boolean }> {
  const hasMore = found.length > count;
  // As the original lists what is newer: the oldest first. Explorers turn it round.
  const shown = before === undefined
    ? found.slice(0, count)
    : found.slice(hasMore ? 1 : 0).reverse();
  const hashes = shown.map(({ hash }) => hash);
  return { transactions: await histories(queries, hashes), has_more: hasMore };
}

async function confirmation(queries: NodeQueries, hash: string): Promise<PyJson> {
  const { vertex, metadata } = await knownVertex(queries, hash);
  if (isBlock(vertex)) throw new BadRequest("not allowed on blocks");
  const { firstBlock } = metadata;
  if (firstBlock === null) {
    return {
      ...weighed(await queries.accumulatedWork(hash) ?? 0n),
      accumulated_bigger: false,
      confirmation_level: 0,
    };
  }
  const first = await knownVertex(queries, firstBlock);
  const enough = first.vertex.weight + CONFIRMATIONS;
  const work = await queries.accumulatedWork(hash, workOf(enough)) ?? 0n;
  const weight = weightOfWork(work);
  return {
    ...weighed(work),
    accumulated_bigger: weight > enough,
    stop_value: new PyFloat(enough),
    // The original's `min(level, 1)`: a whole number only where the level is beyond it.
    confirmation_level: weight > enough ? 1 : new PyFloat(weight / enough),
  };
}

function weighed(work: bigint) {
  return {
    success: true,
    accumulated_weight: new PyFloat(weightOfWork(work)),
    accumulated_weight_raw: `${work}`,
  };
}
