import type { Endpoint, RoutedCall } from "../../../web/router.ts";
import type { Shared } from "../../../web/shared.ts";
import {
  assetOffsets,
  lastAssetOffset,
  merged,
  outputsOfKey,
  textsAt,
  transactionText,
  validators,
} from "../chain/queries.ts";
import { validatorsJson } from "../chain/events.ts";
import type { BigchainService } from "../chain/service.ts";
import type { Outpoint } from "../transaction/transaction.ts";
import { NOT_FOUND } from "./error_bodies.ts";
import { toldOfOutputs, toldOfRoot, toldOfTransaction, toldOfValidators } from "./operations.ts";
import { outputFilter, type TransactionFilter } from "./requests.ts";
import { data, json, jsonList } from "./responses.ts";
import { apiRootBody, rootBody } from "./roots.ts";

/** What the routes of one app are given. */
export interface HttpContext {
  readonly service: BigchainService;
  readonly shared: Shared;
  /** Whether a node is followed: what it alone knows is asked of it. */
  readonly isFollowing: boolean;
  /** Where the roots say that streams are, for a request: e.g. `ws://localhost:9985`. */
  readonly streamBase: (request: Request) => string;
}

/** The routes that both servers have. */
export function sharedRoutes(
  { service, isFollowing, streamBase }: HttpContext,
): Endpoint<RoutedCall>[] {
  const { chain, dialect: { software } } = service;
  return [
    {
      path: "/",
      told: { GET: toldOfRoot },
      GET: ({ request }) => json(rootBody(software, streamBase(request))),
      isOpen: true,
    },
    {
      path: "/api/v1",
      told: { GET: toldOfRoot },
      GET: ({ request }) => json(apiRootBody(software, streamBase(request))),
      isOpen: true,
    },
    {
      path: "/api/v1/transactions/:id",
      told: { GET: toldOfTransaction },
      async GET(call) {
        const text = await transactionText(chain, call.part("id"));
        return text === undefined ? json(NOT_FOUND, 404) : json(`${text}\n`);
      },
    },
    {
      path: "/api/v1/outputs",
      told: { GET: toldOfOutputs },
      async GET({ url }) {
        const { publicKey, isSpent } = outputFilter(url.searchParams);
        return await jsonList(outputTexts(outputsOfKey(chain, publicKey, isSpent)));
      },
    },
    {
      path: "/api/v1/validators",
      told: { GET: toldOfValidators },
      ...isFollowing && { getAt: "owner" as const },
      GET: async () => data(validatorsJson(await validators(chain))),
    },
  ];
}

async function* outputTexts(outputs: AsyncIterable<Outpoint>): AsyncGenerator<string, void, void> {
  for await (const { transactionId, outputIndex } of outputs) {
    yield `{"transaction_id": "${transactionId}", "output_index": ${outputIndex}}`;
  }
}

/** What GET shows of the transactions of some assets, or of the last of them. */
export async function transactionList(
  { chain }: BigchainService,
  assets: readonly string[],
  { operation, isLast }: TransactionFilter,
): Promise<Response> {
  if (isLast) {
    const last = assets.map((id) => lastAssetOffset(chain, id, operation));
    const offsets = (await Promise.all(last)).filter((offset) => offset !== undefined);
    return await jsonList(textsAt(chain, offsets.length === 0 ? [] : [Math.max(...offsets)]));
  }
  const offsets = assets.map((id) => assetOffsets(chain, id, operation));
  return await jsonList(textsAt(chain, merged(offsets, (a, b) => a - b)));
}
