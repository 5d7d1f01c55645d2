import { useResource } from "../../data/resource.ts";
import { type HeadProps, PageHead } from "../../parts/page_head.tsx";
import { type Tab, Tabs } from "../common/tabs.tsx";
import { nodeVersion } from "./node/node.ts";

const TABS: readonly Tab[] = [
  { path: "/hathor", label: "Graph" },
  { path: "/hathor/blocks", label: "Blocks" },
  { path: "/hathor/transactions", label: "Transactions" },
  { path: "/hathor/mempool", label: "Mempool" },
  { path: "/hathor/tokens", label: "Tokens" },
  { path: "/hathor/mining", label: "Mining" },
];

/** The head of each screen of this ledger. */
export function HathorHead(
  { title = "Hathor", about, ...rest }: Partial<HeadProps>,
) {
  const { value } = useResource("hathor version", nodeVersion);
  return (
    <>
      <Tabs tabs={TABS} label="Hathor" />
      <PageHead
        title={title}
        about={about ?? (value === undefined ? "…" : `Network ${value.network}`)}
        {...rest}
      />
    </>
  );
}
