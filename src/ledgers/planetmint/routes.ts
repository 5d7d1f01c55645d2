import { writeSpacedAsciiJson } from "../../python/json_write.ts";
import type { Endpoint, RoutedCall } from "../../web/router.ts";
import type { Chain } from "../../log/chain.ts";
import type { RowKey } from "../../log/keys.ts";
import { BLOCK, readBlock } from "../shared_bigchaindb/chain/events.ts";
import { found, type IndexList, indexPrefix } from "../shared_bigchaindb/chain/index_rows.ts";
import {
  allRows,
  assetOffsets,
  findBlock,
  findTransaction,
  lastBlock,
  merged,
} from "../shared_bigchaindb/chain/queries.ts";
import { data, failure, json, jsonList } from "../shared_bigchaindb/http/responses.ts";
import { postTransaction } from "../shared_bigchaindb/http/post.ts";
import { transactionList } from "../shared_bigchaindb/http/routes.ts";
import { NOT_FOUND } from "../shared_bigchaindb/http/error_bodies.ts";
import { blockFilter } from "../shared_bigchaindb/http/requests.ts";
import type { BigchainService } from "../shared_bigchaindb/chain/service.ts";
import type { Collection } from "../shared_bigchaindb/chain/dialect.ts";
import { cidKey } from "./dialect.ts";
import { cidLimit, manyAssetsFilter } from "./requests.ts";

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
      POST: (call) => postTransaction(service, call),
      async GET({ url }) {
        const { assets, operation, isLast } = manyAssetsFilter(url.searchParams);
        const offsets = [...new Set(assets)].map((id) => assetOffsets(chain, id, operation));
        return await transactionList(service, merged(offsets, (a, b) => a - b), isLast);
      },
    },
    {
      path: "/api/v1/assets/:cid",
      GET: contents(service, "assets", (cid) => writeSpacedAsciiJson({ data: cid })),
    },
    {
      path: "/api/v1/metadata/:cid",
      GET: contents(service, "metadata", writeSpacedAsciiJson),
    },
    {
      path: "/api/v1/blocks",
      async GET({ url }) {
        const id = blockFilter(url.searchParams);
        const row = await findTransaction(chain, id);
        if (row !== undefined) return await block(row.height);
        return failure(404, `Block containing transaction with id: ${id} not found.`);
      },
    },
    {
      path: "/api/v1/blocks/latest",
      GET: async () => await block((await lastBlock(chain)).height),
    },
    { path: "/api/v1/blocks/#height", GET: (call) => block(Number(call.part("height"))) },
  ];
}

/** The content of a CID, once for each time that it was stored. */
function contents(
  { chain }: BigchainService,
  collection: Collection,
  show: (cid: string) => string,
): (call: RoutedCall) => Promise<Response> {
  return async (call) => {
    const cid = call.part("cid");
    const limit = Math.abs(cidLimit(call.url.searchParams) ?? Infinity);
    return await jsonList(repeated(chain, cidKey(collection, cid), limit, show(cid)));
  };
}

/** `text` once for each time that something was stored under `key`. */
async function* repeated(
  chain: Chain,
  key: RowKey,
  limit: number,
  text: string,
): AsyncGenerator<string, void, void> {
  let left = limit;
  for await (const { value: list } of allRows<IndexList>(chain, indexPrefix(key))) {
    for (const { value: count } of found(list)) {
      for (let time = 0; time < count && left > 0; time++, left--) yield text;
    }
    if (left <= 0) return;
  }
}
