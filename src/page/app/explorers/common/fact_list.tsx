import type { ComponentChildren } from "preact";
import { Facts } from "../../parts/table.tsx";

/** Names and what they are, as an object's members; what is undefined is left out. */
export function FactList(
  { facts }: { readonly facts: Readonly<Record<string, ComponentChildren>> },
) {
  return <Facts facts={Object.entries(facts).filter(([, value]) => value !== undefined)} />;
}
