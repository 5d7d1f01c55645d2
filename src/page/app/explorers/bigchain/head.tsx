import { pathOf } from "../../base/place.ts";
import { type HeadProps, PageHead } from "../../parts/page_head.tsx";
import { Tabs } from "../common/tabs.tsx";
import type { BigchainLedger } from "./model.ts";

/** What each view of the family is given beside what every screen is. */
export interface OfLedger {
  readonly ledger: BigchainLedger;
}

/** The head of each screen of a ledger. */
export function BigchainHead(
  { ledger: { name, title: ledgerTitle, contents }, title, ...rest }: OfLedger & Partial<HeadProps>,
) {
  const tabs = [
    ["", "Blocks"],
    ["transactions", "Transactions"],
    ["search", contents === "text" ? "Search" : "Contents"],
    ["rejected", "Rejected"],
    ["elections", "Elections"],
  ].map(([part = "", label = ""]) => ({ path: pathOf(name, ...part === "" ? [] : [part]), label }));
  return (
    <>
      <Tabs tabs={tabs} label={ledgerTitle} />
      <PageHead title={title ?? ledgerTitle} {...rest} />
    </>
  );
}
