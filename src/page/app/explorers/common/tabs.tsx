import { hrefOf, usePlace } from "../../base/place.ts";

/** A screen of a ledger that can be gone to from all its screens. */
export interface Tab {
  readonly path: string;
  readonly label: string;
}

/** The screens of one ledger, side by side. */
export function Tabs({ tabs, label }: { readonly tabs: readonly Tab[]; readonly label: string }) {
  const { path } = usePlace();
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.path} href={hrefOf(tab.path)} aria-current={tab.path === path && "page"}>
          {tab.label}
        </a>
      ))}
    </nav>
  );
}
