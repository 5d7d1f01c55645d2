import type { ComponentChildren } from "preact";

/** A few numbers that say how a ledger stands, in one line of equal parts. */
export function Figures(
  { figures }: { readonly figures: Readonly<Record<string, ComponentChildren>> },
) {
  return (
    <dl class="figures card">
      {Object.entries(figures).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
