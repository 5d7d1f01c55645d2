import { PyFloat, type PyJson } from "../../../python/json.ts";
import { weightOfWork, workOf } from "../rules/work.ts";
import type { HathorService } from "../service.ts";
import type { ListPlace, TimedHash } from "../queries/lists.ts";
import { HASH_SIZE, isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import {
  type Arguments,
  BadRequest,
  countOf,
  hashOf,
  hexArgument,
  naturalNumber,
  unparsed,
} from "./arguments.ts";
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
        const asked = args.required("tx", "block");
        const newest = async (kind: "tx" | "block", count: number) => {
          const found = await service.newest(kind, count);
          return await histories(service, found.map(({ hash }) => hash));
        };
        const blocks = countOf("block", asked.block, MOST_LISTED);
        const transactions = countOf("tx", asked.tx, MOST_LISTED);
        return {
          success: true,
          transactions: await newest("tx", transactions),
          blocks: await newest("block", blocks),
        };
      },
    },
    {
      path: "/tx_parents",
      GET: async () => ({ success: true, tx_parents: await service.transactionParents() }),
    },
    {
      path: "/mempool",
      GET: async () => ({ success: true, transactions: await oldestWaiting(service) }),
    },
  ];
}

/** Of what waits to be confirmed, those that came first, in order of their own time. */
async function oldestWaiting(service: HathorService): Promise<string[]> {
  const waiting = await service.mempool(MOST_IN_MEMPOOL);
  const views = await Promise.all(waiting.map((hash) => service.vertex(hash)));
  return views.filter((view) => view !== undefined).map(({ vertex }) => vertex)
    .sort((a, b) => a.timestamp - b.timestamp).map(({ hash }) => hash);
}

async function listed(service: HathorService, args: Arguments): Promise<PyJson> {
  const { count: countText, type } = args.required("count", "type");
  if (type !== "block" && type !== "tx") {
    throw new BadRequest("Invalid 'type' parameter, expected 'block' or 'tx'");
  }
  const count = countOf("count", countText, MOST_LISTED);
  const place = listPlace(args);
  return await page(service, await service.newest(type, count + 1, place), count, place);
}

/** Where a list goes on, by the arguments `hash`, `timestamp` and `page`. */
export function listPlace(args: Arguments): ListPlace {
  const hash = args.find("hash");
  if (hash === undefined) return {};
  const { timestamp, page } = args.required("timestamp", "page");
  const at = { hash: placeHash(hash), timestamp: Number(naturalNumber("timestamp", timestamp)) };
  if (page === "next") return { after: at };
  if (page === "previous") return { before: at };
  throw new BadRequest("Invalid 'page' parameter, expected 'previous' or 'next'");
}

function placeHash(text: string): string {
  const bytes = hexArgument("hash", text);
  if (bytes.length !== HASH_SIZE) throw unparsed("hash", `length must be ${HASH_SIZE} bytes`);
  return bytes.toHex();
}

/** One page of a list, of which one more than `count` was looked for. */
export async function page(
  service: HathorService,
  found: readonly TimedHash[],
  count: number,
  { before }: ListPlace,
): Promise<{ transactions: PyJson; has_more: boolean }> {
  const hasMore = found.length > count;
  const shown = before === undefined ? found.slice(0, count) : found.slice(hasMore ? 1 : 0);
  const hashes = shown.map(({ hash }) => hash);
  return { transactions: await histories(service, hashes), has_more: hasMore };
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
