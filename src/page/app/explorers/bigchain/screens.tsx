import type { ComponentType } from "preact";
import type { NavEntry, Screen, ScreenProps } from "../../base/screen.ts";
import { BigchainAsset } from "./asset.tsx";
import { BigchainBlockScreen } from "./block.tsx";
import { BigchainElections } from "./elections.tsx";
import { bigchainFinder } from "./find.ts";
import type { OfLedger } from "./head.tsx";
import { BigchainHome } from "./home.tsx";
import { BigchainKey } from "./key.tsx";
import type { BigchainLedger } from "./model.ts";
import { BigchainRejected } from "./rejected.tsx";
import { BigchainSearch, PlanetmintContents } from "./search.tsx";
import { BigchainTransaction } from "./transaction.tsx";
import { BigchainTransactions } from "./transactions.tsx";

/** The screens of a ledger of the family. */
export function bigchainScreens(ledger: BigchainLedger, letter: string): readonly Screen[] {
  const { name, title } = ledger;
  const nav: NavEntry = { group: "Ledgers", label: title, letter, ledger: name };
  const of = (View: ComponentType<ScreenProps & OfLedger>) => (props: ScreenProps) => (
    <View ledger={ledger} {...props} />
  );
  const screen = (
    path: string,
    what: (params: Screen["title"] extends (params: infer P) => string ? P : never) => string,
    view: ComponentType<ScreenProps & OfLedger>,
  ): Screen => ({ path: `/${name}${path}`, title: what, view: of(view) });
  return [
    { ...screen("", () => title, BigchainHome), nav, find: bigchainFinder(ledger) },
    screen("/transactions", () => `${title}'s transactions`, BigchainTransactions),
    screen(
      "/search",
      () => `Search ${title}`,
      ledger.contents === "text" ? BigchainSearch : PlanetmintContents,
    ),
    screen("/rejected", () => `Rejected by ${title}`, BigchainRejected),
    screen("/elections", () => `${title}'s elections`, BigchainElections),
    screen("/block/:height", ({ height }) => `${title}'s block ${height}`, BigchainBlockScreen),
    screen("/tx/:id", ({ id }) => `${id?.slice(0, 8)}…`, BigchainTransaction),
    screen("/asset/:id", ({ id }) => `Asset ${id?.slice(0, 8)}…`, BigchainAsset),
    screen("/key/:key", ({ key }) => `Key ${key?.slice(0, 8)}…`, BigchainKey),
  ];
}
