import type { ComponentChildren } from "preact";

/** One side of a transaction. */
export interface FlowSide {
  readonly title: string;
  /** What is said where there are no parts. */
  readonly none: ComponentChildren;
  readonly parts: readonly ComponentChildren[];
}

/** Parts of a side that are shown at once: a transaction may have hundreds. */
const SHOWN = 100;

/** What a transaction takes, and, beside it, what it makes of that. */
export function Flow({ from, to }: { readonly from: FlowSide; readonly to: FlowSide }) {
  return (
    <div class="flow section">
      <Side side={from} />
      <span class="flow-arrow" aria-hidden="true">→</span>
      <Side side={to} />
    </div>
  );
}

function Side({ side: { title, none, parts } }: { readonly side: FlowSide }) {
  return (
    <section>
      <div class="section-head">
        <h2>{title}</h2>
        <span class="muted">{parts.length}</span>
      </div>
      <ul class="card">
        {parts.length === 0 && <li class="flow-part muted">{none}</li>}
        {parts.slice(0, SHOWN)}
        {parts.length > SHOWN && <li class="flow-part muted">and {parts.length - SHOWN} more</li>}
      </ul>
    </section>
  );
}

/** An input or an output. */
export function FlowPart(
  { what, who, note, isOver = false }: {
    readonly what: ComponentChildren;
    readonly who: ComponentChildren;
    readonly note: ComponentChildren;
    /** Whether it has been spent. */
    readonly isOver?: boolean;
  },
) {
  return (
    <li class="flow-part" data-over={isOver}>
      <span class="flow-what">{what}</span>
      <span class="flow-note">{note}</span>
      <span class="flow-who">{who}</span>
    </li>
  );
}
