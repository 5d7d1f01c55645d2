import { hrefOf, pathOf } from "../../base/place.ts";
import { Mono } from "../../parts/link.tsx";

/** A link to a chain of the tree. */
export function TreeLink({ chain }: { readonly chain: string }) {
  return <a href={hrefOf(pathOf("hierachain", "chain", chain))}>{chain}</a>;
}

/** A link to a block. */
export function HieraBlockLink(
  { chain, index }: { readonly chain: string; readonly index: number },
) {
  return (
    <a href={hrefOf(pathOf("hierachain", "chain", chain, "block", `${index}`))}>
      {index.toLocaleString("en")}
    </a>
  );
}

/** A link to what happened to an entity. */
export function EntityLink(
  { entity, chars = 28 }: { readonly entity: string; readonly chars?: number },
) {
  return <Mono text={entity} chars={chars} href={hrefOf("/hierachain/trace", { entity })} />;
}

/** Where an event of a block is shown with its proof. */
export function proofHref(chain: string, block: number, position: number): string {
  return hrefOf(
    pathOf("hierachain", "chain", chain, "block", `${block}`, "event", `${position}`),
  );
}
