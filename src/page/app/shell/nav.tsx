import { hrefOf } from "../base/place.ts";
import type { Screen } from "../base/screen.ts";
import { Dot } from "../parts/link.tsx";

const GROUPS = ["Log", "Ledgers", "Server"] as const;

/** The screens that can be gone to from everywhere. */
export function Nav(
  { screens, path }: { readonly screens: readonly Screen[]; readonly path: string },
) {
  const entries = screens.flatMap(({ path: target, nav }) => nav ? [{ target, nav }] : []);
  const here = entries.map(({ target }) => target)
    .filter((target) => path === target || (target !== "/" && path.startsWith(`${target}/`)))
    .sort((one, other) => other.length - one.length)[0];
  return (
    <nav class="nav" aria-label="Screens">
      <button
        type="button"
        class="skip button"
        onClick={() => document.querySelector("main")?.focus()}
      >
        To what this page shows
      </button>
      <a class="brand" href="#/" aria-label="Ledgerline, home">
        <svg class="brand-mark" viewBox="0 0 20 20" aria-hidden="true">
          <path d="M3 5h9M3 10h14M3 15h6" />
          <circle cx="15" cy="5" r="1.6" />
          <circle cx="12" cy="15" r="1.6" />
        </svg>
        Ledgerline
      </a>
      {GROUPS.map((group) => {
        const own = entries.filter(({ nav }) => nav.group === group);
        if (own.length === 0) return null;
        return (
          <div key={group} class="nav-group">
            <h2 class="nav-title">{group}</h2>
            <ul>
              {own.map(({ target, nav: { label, ledger } }) => (
                <li key={target}>
                  <a href={hrefOf(target)} aria-current={target === here ? "page" : undefined}>
                    {ledger !== undefined && <Dot ledger={ledger} />}
                    {label}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}
