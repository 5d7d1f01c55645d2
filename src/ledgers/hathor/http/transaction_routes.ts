import { PyFloat, type PyJson } from "../../../crypto/python_json.ts";
import { weightOfWork, workOf } from "../rules/work.ts";
import type { HathorService } from "../service.ts";
import type { ListPlace } from "../state/queries.ts";
import { isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { type Arguments, BadRequest, countOf, hashOf, wholeNumber } from "./arguments.ts";
import { histories, knownVertex, vertexDetails } from "./details.ts";

/** Vertices of one kind that one answer lists. */
const MOST_LISTED = 15;
const MOST_IN_MEMPOOL = 100;

/** Six times a block's work confirms what it confirms. */
const CONFIRMATIONS = Math.log2(6);

/** What tells of single vertices, and of the newest. */
export function transactionRoutes(service: HathorService): Route[] {
  return [
    {
      path: "/transaction",
      async GET({ args }) {
        const id = args.find("id");
        if (id === undefined) return await listed(service, args);
        return await vertexDetails(service, await knownVertex(service, hashOf(id)));
      },
    },
    {
      path: "/transaction_acc_weight",
      GET: ({ args }) => confirmation(service, hashOf(args.required("id").id)),
    },
    {
      path: "/dashboard_tx",
      async GET({ args }) {
        const counts = args.required("tx", "block");
        const newest = async (kind: "tx" | "block") => {
          const found = await service.newest(kind, countOf(kind, counts[kind], MOST_LISTED));
          return await histories(service, found.map(({ hash }) => hash));
        };
        return { success: true, transactions: await newest("tx"), blocks: await newest("block") };
      },
    },
    {
      path: "/tx_parents",
      GET: async () => ({ success: true, tx_parents: await service.transactionParents() }),
    },
    {
      path: "/mempool",
      GET: async () => {
        const transactions = (await service.mempool()).slice(0, MOST_IN_MEMPOOL);
        return { success: true, transactions };
      },
    },
  ];
}

async function listed(service: HathorService, args: Arguments): Promise<PyJson> {
  const { count: countText, type } = args.required("count", "type");
  const count = countOf("count", countText, MOST_LISTED);
  if (type !== "block" && type !== "tx") {
    throw new BadRequest("Invalid 'type' parameter, expected 'block' or 'tx'");
  }
  const found = await service.newest(type, count + 1, listPlace(args));
  return await page(service, found.map(({ hash }) => hash), count, args);
}

/** Where a list goes on, by the arguments `timestamp`, `hash` and `page`. */
export function listPlace(args: Arguments): ListPlace {
  if (args.find("timestamp") === undefined) return {};
  const { timestamp, hash, page } = args.required("timestamp", "hash", "page");
  const at = { timestamp: wholeNumber("timestamp", timestamp), hash: hashOf(hash) };
  if (page === "next") return { after: at };
  if (page === "previous") return { before: at };
  throw new BadRequest("Invalid 'page' parameter, expected 'previous' or 'next'");
}

/** One page of a list, of which one more than `count` was looked for. */
export async function page(
  service: HathorService,
  hashes: readonly string[],
  count: number,
  args: Arguments,
): Promise<{ transactions: PyJson; has_more: boolean }> {
  const isBackward = args.find("page") === "previous";
  const shown = isBackward && hashes.length > count ? hashes.slice(1) : hashes.slice(0, count);
  return { transactions: await histories(service, shown), has_more: hashes.length > count };
}

async function confirmation(service: HathorService, hash: string): Promise<PyJson> {
  const { vertex, metadata } = await knownVertex(service, hash);
  if (isBlock(vertex)) throw new BadRequest("not allowed on blocks");
  const { firstBlock } = metadata;
  if (firstBlock === null) {
    return {
      ...weighed(await service.accumulatedWork(hash) ?? 0n),
      accumulated_bigger: false,
      confirmation_level: 0,
    };
  }
  const first = await knownVertex(service, firstBlock);
  const enough = first.vertex.weight + CONFIRMATIONS;
  const work = await service.accumulatedWork(hash, workOf(enough)) ?? 0n;
  const weight = weightOfWork(work);
  return {
    ...weighed(work),
    accumulated_bigger: weight > enough,
    stop_value: new PyFloat(enough),
    confirmation_level: weight >= enough ? 1 : new PyFloat(weight / enough),
  };
}

function weighed(work: bigint) {
  return {
    success: true,
    accumulated_weight: new PyFloat(weightOfWork(work)),
    accumulated_weight_raw: `${work}`,
  };
}
