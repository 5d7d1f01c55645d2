import { hrefOf, pathOf } from "../../base/place.ts";
import type { Found, Screen } from "../../base/screen.ts";
import { theFeed } from "../../data/feed.ts";
import { eventAt, isUlid, listChains } from "../../data/chains.ts";
import { ChainScreen } from "./chain_screen.tsx";
import { Chains } from "./chains.tsx";

/** Chains in which an event is looked for by its id. */
const SEARCHED = 40;

export const chainScreens: readonly Screen[] = [
  {
    path: "/chains",
    title: () => "Chains",
    view: Chains,
    nav: { group: "Log", label: "Chains", letter: "c" },
    find: findChains,
  },
  {
    path: "/chain/*name",
    title: ({ name = "" }) => name,
    view: ChainScreen,
    find: findEvents,
  },
];

/** Chains by any part of their name. */
async function findChains(text: string, signal: AbortSignal): Promise<readonly Found[]> {
  const wanted = text.toLowerCase();
  const chains = theFeed.chains.value ?? await listChains("", signal);
  return chains.map(({ chain }) => chain).filter((chain) => chain.toLowerCase().includes(wanted))
    .sort((one, other) => one.length - other.length).slice(0, 6)
    .map((chain) => ({ kind: "Chain", label: chain, href: hrefOf(pathOf("chain", chain)) }));
}

/** An event by its ULID, in whichever chain it is; or by its offset, in the chain that is shown. */
async function findEvents(text: string, signal: AbortSignal): Promise<readonly Found[]> {
  if (/^\d{1,15}$/.test(text)) return offsetHere(text);
  if (!isUlid(text)) return [];
  const id = text.toUpperCase();
  const chains = [...theFeed.chains.value ?? await listChains("", signal)]
    .filter((chain) => chain.id >= id)
    .sort((one, other) => one.id < other.id ? -1 : 1).slice(0, SEARCHED);
  const found = await Promise.all(chains.map(async ({ chain }) => {
    const event = await eventAt(chain, id, signal).catch(() => undefined);
    return event === undefined ? [] : [chain];
  }));
  return found.flat().map((chain) => ({
    kind: "Event",
    label: `${chain} ${id}`,
    href: hrefOf(pathOf("chain", chain), { at: id }),
  }));
}

function offsetHere(offset: string): readonly Found[] {
  const here = /^#\/chain\/([^?]+)/.exec(location.hash)?.[1];
  if (here === undefined) return [];
  const href = hrefOf(`/chain/${here}`, { at: offset });
  return [{ kind: "Offset", label: `${decodeURIComponent(here)} ${offset}`, href }];
}
