import type { Screen } from "../../base/screen.ts";
import { HieraBlockScreen } from "./block.tsx";
import { HieraChainScreen } from "./chain.tsx";
import { HieraEventAt } from "./event_at.tsx";
import { findInHieraChain } from "./find.ts";
import { HieraHome } from "./home.tsx";
import { HieraProof } from "./proof.tsx";
import { HieraTrace } from "./trace_screen.tsx";

/** The screens of HieraChain. */
export const hierachainScreens: readonly Screen[] = [
  {
    path: "/hierachain",
    title: () => "HieraChain",
    view: HieraHome,
    nav: { group: "Ledgers", label: "HieraChain", letter: "i", ledger: "hierachain" },
    find: findInHieraChain,
  },
  { path: "/hierachain/trace", title: () => "Trace", view: HieraTrace },
  { path: "/hierachain/chain/:name", title: ({ name }) => `${name}`, view: HieraChainScreen },
  {
    path: "/hierachain/chain/:name/block/:block",
    title: ({ name, block }) => `${name} ${block}`,
    view: HieraBlockScreen,
  },
  {
    path: "/hierachain/chain/:name/block/:block/event/:position",
    title: ({ name, block, position }) => `${name} ${block}/${position}`,
    view: HieraProof,
  },
  {
    path: "/hierachain/chain/:name/event/:event",
    title: ({ name }) => `Event of ${name}`,
    view: HieraEventAt,
  },
];
