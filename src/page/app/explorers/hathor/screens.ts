import type { Screen } from "../../base/screen.ts";
import { HathorAddress } from "./address.tsx";
import { HathorBlockAt } from "./block_at.tsx";
import { findInHathor } from "./find.ts";
import { HathorHome } from "./home.tsx";
import { HathorBlocks, HathorTransactions } from "./lists.tsx";
import { HathorMempool } from "./mempool.tsx";
import { HathorMining } from "./mining.tsx";
import { HathorToken, HathorTokens } from "./tokens.tsx";
import { HathorVertex } from "./vertex.tsx";

/** The screens of Hathor. */
export const hathorScreens: readonly Screen[] = [
  {
    path: "/hathor",
    title: () => "Hathor",
    view: HathorHome,
    nav: { group: "Ledgers", label: "Hathor", letter: "a", ledger: "hathor" },
    find: findInHathor,
  },
  { path: "/hathor/blocks", title: () => "Hathor's blocks", view: HathorBlocks },
  { path: "/hathor/block/:height", title: ({ height }) => `Block ${height}`, view: HathorBlockAt },
  {
    path: "/hathor/transactions",
    title: () => "Hathor's transactions",
    view: HathorTransactions,
  },
  { path: "/hathor/tx/:hash", title: ({ hash }) => `${hash?.slice(0, 8)}…`, view: HathorVertex },
  { path: "/hathor/address/:address", title: ({ address }) => `${address}`, view: HathorAddress },
  { path: "/hathor/mempool", title: () => "Hathor's mempool", view: HathorMempool },
  { path: "/hathor/tokens", title: () => "Hathor's tokens", view: HathorTokens },
  { path: "/hathor/token/:uid", title: () => "Token", view: HathorToken },
  { path: "/hathor/mining", title: () => "Hathor's mining", view: HathorMining },
];
