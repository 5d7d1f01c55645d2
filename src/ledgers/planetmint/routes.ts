import { z } from "zod";
import { writeSpacedAsciiJson } from "../../python/json_write.ts";
import type { Endpoint, RoutedCall } from "../../web/router.ts";
import { BLOCK, readBlock } from "../shared_bigchaindb/chain/events.ts";
import { type Collection, requireContentIndex } from "../shared_bigchaindb/chain/content_index.ts";
import { findBlock, findTransaction, lastBlock } from "../shared_bigchaindb/chain/queries.ts";
import { data, failure, json, jsonList } from "../shared_bigchaindb/http/responses.ts";
import { postTransaction } from "../shared_bigchaindb/http/post.ts";
import { transactionList } from "../shared_bigchaindb/http/routes.ts";
import { NOT_FOUND } from "../shared_bigchaindb/http/error_bodies.ts";
import {
  toldOfBlock,
  toldOfBlocks,
  toldOfPost,
  toldOfSearch,
  toldOfTransactions,
} from "../shared_bigchaindb/http/operations.ts";
import { blockFilter } from "../shared_bigchaindb/http/requests.ts";
import type { BigchainService } from "../shared_bigchaindb/chain/service.ts";
import { cidRow, termOf } from "./cid_index.ts";
import { BY_CID, cidLimit, MANY_ASSETS, manyAssetsFilter } from "./requests.ts";

/** What only Planetmint has: transactions by several assets, blocks with ids, contents by CID. */
export function planetmintRoutes(service: BigchainService): Endpoint<RoutedCall>[] {
  const { chain } = service;
  const block = async (height: number): Promise<Response> => {
    const row = await findBlock(chain, height);
    const [event] = row === undefined ? [] : await chain.read(row.first + row.count, 1);
    if (event?.type !== BLOCK) return json(NOT_FOUND, 404);
    const { hash, ids } = readBlock(String(event.data));
    return data({ app_hash: hash, height, transaction_ids: ids });
  };
  return [
    {
      path: "/api/v1/transactions",
      told: { POST: toldOfPost(service.dialect), GET: toldOfTransactions(MANY_ASSETS) },
      POST: (call) => postTransaction(service, call),
      async GET({ url }) {
        const filter = manyAssetsFilter(url.searchParams);
        return await transactionList(service, [...new Set(filter.assets)], filter);
      },
    },
    {
      path: "/api/v1/assets/:cid",
      told: {
        GET: toldOfSearch("Finds assets by a CID", BY_CID, () => z.object({ data: z.string() })),
      },
      GET: contents(service, "assets", (cid) => writeSpacedAsciiJson({ data: cid })),
    },
    {
      path: "/api/v1/metadata/:cid",
      told: { GET: toldOfSearch("Finds metadata by a CID", BY_CID, () => z.string()) },
      GET: contents(service, "metadata", writeSpacedAsciiJson),
    },
    {
      path: "/api/v1/blocks",
      told: { GET: toldOfBlocks(shownBlock) },
      async GET({ url }) {
        const id = blockFilter(url.searchParams);
        const row = await findTransaction(chain, id);
        if (row !== undefined) return await block(row.height);
        return failure(404, `Block containing transaction with id: ${id} not found.`);
      },
    },
    {
      path: "/api/v1/blocks/latest",
      told: { GET: toldOfBlock("Shows the last block", shownBlock) },
      GET: async () => await block((await lastBlock(chain)).height),
    },
    {
      path: "/api/v1/blocks/#height",
      told: { GET: toldOfBlock("Shows a block with the ids of its transactions", shownBlock) },
      GET: (call) => block(Number(call.part("height"))),
    },
  ];
}

function shownBlock() {
  return z.object({
    app_hash: z.string(),
    height: z.int(),
    transaction_ids: z.array(z.string()),
  });
}

/** The content of a CID, once for each time that it was stored. */
function contents(
  { chain, dialect }: BigchainService,
  collection: Collection,
  show: (cid: string) => string,
): (call: RoutedCall) => Promise<Response> {
  return async (call) => {
    const cid = call.part("cid");
    const limit = Math.abs(cidLimit(call.url.searchParams) ?? Infinity);
    await requireContentIndex(chain, dialect.name);
    const count = await chain.row<number>(cidRow(termOf(collection, cid))) ?? 0;
    return await jsonList(repeated(show(cid), Math.min(count, limit)));
  };
}

/** A text so many times. */
async function* repeated(text: string, count: number): AsyncGenerator<string, void, void> {
  for (let time = 0; time < count; time++) yield text;
}
