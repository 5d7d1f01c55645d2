import type { ComponentChildren } from "preact";

interface FactsProps {
  /** By their names; what is undefined is left out. */
  readonly facts: Readonly<Record<string, ComponentChildren>>;
}

/** Names and what they are, below each other. */
export function Facts({ facts }: FactsProps) {
  return <FactList class="facts" facts={facts} />;
}

/** A few numbers that say how a ledger stands, in one line of equal parts. */
export function Figures({ facts }: FactsProps) {
  return <FactList class="figures card" facts={facts} />;
}

function FactList({ class: name, facts }: FactsProps & { readonly class: string }) {
  const shown = Object.entries(facts).filter(([, value]) => value !== undefined);
  return (
    <dl class={name}>
      {shown.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
