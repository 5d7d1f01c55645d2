import type { ComponentChildren } from "preact";
import { hrefOf, pathOf } from "../base/place.ts";
import { shortened } from "../base/format.ts";
import { ledgerOf } from "../data/chains.ts";

/** A link to a chain, by its full name. */
export function ChainLink({ chain, at }: { readonly chain: string; readonly at?: string }) {
  return (
    <a class="chain-name" href={hrefOf(pathOf("chain", chain), { at })}>
      <Dot ledger={ledgerOf(chain)} />
      <span class="cut">{chain}</span>
    </a>
  );
}

/** The colour of a ledger, beside its name. */
export function Dot({ ledger }: { readonly ledger: string }) {
  return <span class="dot" data-ledger={ledger} aria-hidden="true" />;
}

/** Hashes, addresses and ids: of one width, and with the middle left out where they are long. */
export function Mono(
  { text, chars = 24, href }: {
    readonly text: string;
    readonly chars?: number;
    readonly href?: string | undefined;
  },
) {
  const short = shortened(text, chars);
  const title = short === text ? undefined : text;
  return href === undefined
    ? <span class="mono" title={title}>{short}</span>
    : <a class="mono" title={title} href={href}>{short}</a>;
}

/** A word in a frame, such as a type or a state. */
export function Tag(
  { children, tone = "plain" }: {
    readonly children: ComponentChildren;
    readonly tone?: "plain" | "good" | "warn" | "bad" | "accent";
  },
) {
  return <span class={`tag tag-${tone}`}>{children}</span>;
}
