import { type HeadProps, PageHead } from "../../parts/page_head.tsx";
import { type Tab, Tabs } from "../common/tabs.tsx";

const TABS: readonly Tab[] = [
  { path: "/hierachain", label: "Chains" },
  { path: "/hierachain/trace", label: "Trace" },
];

/** The head of each screen of this ledger. */
export function HieraHead(
  { title = "HieraChain", ...rest }: Partial<HeadProps>,
) {
  return (
    <>
      <Tabs tabs={TABS} label="HieraChain" />
      <PageHead title={title} {...rest} />
    </>
  );
}
