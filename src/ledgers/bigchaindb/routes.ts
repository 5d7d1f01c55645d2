import { z } from "zod";
import { writeSpacedAsciiJson } from "../../python/json_write.ts";
import type { Endpoint, RoutedCall } from "../../web/router.ts";
import { requireContentIndex } from "../shared_bigchaindb/chain/content_index.ts";
import {
  blockTexts,
  findBlock,
  findTransaction,
  lastBlock,
} from "../shared_bigchaindb/chain/queries.ts";
import {
  data,
  json,
  jsonList,
  jsonPieces,
  listPieces,
} from "../shared_bigchaindb/http/responses.ts";
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
import { shownTransaction } from "../shared_bigchaindb/chain/event_types.ts";
import { blockFilter } from "../shared_bigchaindb/http/requests.ts";
import { type Hit, searchText } from "./search/search.ts";
import type { BigchainService } from "../shared_bigchaindb/chain/service.ts";
import { BY_WORDS, ONE_ASSET, oneAssetFilter, textSearch } from "./requests.ts";

/** What only BigchainDB has: transactions by one asset, blocks with transactions, text search. */
export function bigchaindbRoutes(service: BigchainService): Endpoint<RoutedCall>[] {
  const { chain, dialect } = service;
  return [
    {
      path: "/api/v1/transactions",
      told: {
        POST: toldOfPost(dialect),
        GET: toldOfTransactions(ONE_ASSET),
      },
      POST: (call) => postTransaction(service, call),
      async GET({ url }) {
        const filter = oneAssetFilter(url.searchParams);
        return await transactionList(service, [filter.assets], filter);
      },
    },
    {
      path: "/api/v1/assets",
      told: {
        GET: toldOfSearch(
          "Finds assets by their words",
          BY_WORDS,
          () => z.looseObject({ id: z.string() }),
        ),
      },
      async GET({ url }) {
        const { search, limit } = textSearch(url.searchParams);
        await requireContentIndex(chain, dialect.name);
        return await jsonList(texts(searchText(chain, "assets", search, limit), assetText));
      },
    },
    {
      path: "/api/v1/metadata",
      told: {
        GET: toldOfSearch(
          "Finds metadata by its words",
          BY_WORDS,
          () => z.object({ id: z.string(), metadata: z.unknown() }),
        ),
      },
      async GET({ url }) {
        const { search, limit } = textSearch(url.searchParams);
        await requireContentIndex(chain, dialect.name);
        return await jsonList(texts(searchText(chain, "metadata", search, limit), metadataText));
      },
    },
    {
      path: "/api/v1/blocks",
      told: { GET: toldOfBlocks(() => z.array(z.int())) },
      async GET({ url }) {
        const row = await findTransaction(chain, blockFilter(url.searchParams));
        return data(row === undefined ? [] : [row.height]);
      },
    },
    {
      path: "/api/v1/blocks/#height",
      told: {
        GET: toldOfBlock(
          "Shows a block with its transactions",
          () => z.object({ height: z.number(), transactions: z.array(shownTransaction) }),
        ),
      },
      async GET(call) {
        const height = Number(call.part("height"));
        const block = await findBlock(chain, height);
        if (block === undefined && height > (await lastBlock(chain)).height) {
          return json(NOT_FOUND, 404);
        }
        const transactions = blockTexts(chain, block ?? { first: 0, count: 0 });
        const before = `{"height": ${height}, "transactions": [`;
        return await jsonPieces(listPieces(transactions, before, "]}\n"));
      },
    },
  ];
}

async function* texts(
  hits: AsyncIterable<Hit>,
  show: (hit: Hit) => string,
): AsyncGenerator<string, void, void> {
  for await (const hit of hits) yield show(hit);
}

function metadataText({ id, content }: Hit): string {
  return writeSpacedAsciiJson({ id, metadata: content });
}

/** An asset as the search shows it: its `data`, then the id of its transaction. */
function assetText({ id, content }: Hit): string {
  return `${writeSpacedAsciiJson(content).slice(0, -1)}, "id": "${id}"}`;
}
