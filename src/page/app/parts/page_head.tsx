import type { ComponentChildren } from "preact";

/** What a screen is, a line about it, and what can be done. */
export interface HeadProps {
  readonly title: ComponentChildren;
  readonly about?: ComponentChildren;
  readonly actions?: ComponentChildren;
}

/** The head of a screen. */
export function PageHead({ title, about, actions }: HeadProps) {
  return (
    <div class="page-head">
      <div class="page-head-text">
        <h1>{title}</h1>
        {about !== undefined && <p class="about">{about}</p>}
      </div>
      {actions !== undefined && <div class="row">{actions}</div>}
    </div>
  );
}

/** A part of a screen, with its title. */
export function Section(
  { title, side, children }: {
    readonly title: ComponentChildren;
    /** What stands at the right of the title. */
    readonly side?: ComponentChildren;
    readonly children: ComponentChildren;
  },
) {
  return (
    <section class="section">
      <div class="section-head">
        <h2>{title}</h2>
        {side !== undefined && <div class="row">{side}</div>}
      </div>
      {children}
    </section>
  );
}
