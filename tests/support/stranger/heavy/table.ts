/**
 * The worst input of each route and socket at its limit: what costs a server the most that one
 * stranger sends. The bench measures how long others wait meanwhile, and a test that all of it is
 * answered.
 */
import bigchaindb from "../../../vectors/bigchaindb.json" with { type: "json" };
import { post } from "../seeds.ts";
import type { WireRequest } from "../wire.ts";
import { ADMIN } from "./admin.ts";
import { EVERY_ROUTE } from "./every_route.ts";
import { HATHOR } from "./hathor.ts";
import { HATHOR_WALLETS } from "./hathor_wallets.ts";
import type { Heavy } from "./heavy.ts";
import { HIERACHAIN } from "./hierachain.ts";
import { SOCKETS } from "./sockets.ts";
import { STREAMS } from "./streams.ts";
import { TRANSACTIONS } from "./transactions.ts";
import { UPKEEP } from "./upkeep.ts";

/** What the heavy inputs are about. */
export const HEAVY_PREPARATION: readonly WireRequest[] = [
  post("/v1/stream/heavy", "[1]", "PUT"),
  post(`/v1/stream/__ds/subscriptions/x`, {
    type: "pull-wake",
    streams: ["heavy"],
    wake_stream: "wakes",
  }, "PUT"),
  ...["heavy", "c"].map((chain) => post(`/hierachain/api/ledger/chains/${chain}/create`, "")),
  post("/bigchaindb/api/v1/transactions?mode=commit", bigchaindb.vectors[0]?.tx),
];

export const HEAVY: readonly Heavy[] = [
  ...UPKEEP,
  ...ADMIN,
  ...STREAMS,
  ...HIERACHAIN,
  ...TRANSACTIONS,
  ...HATHOR,
  ...SOCKETS,
  ...HATHOR_WALLETS,
  ...EVERY_ROUTE,
];
