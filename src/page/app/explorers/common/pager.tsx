/** Links to what comes before and after a page of a list; both stay where they are. */
export function Pager(
  { first, next }: {
    /** Where the list begins; undefined on that page. */
    readonly first: string | undefined;
    readonly next: string | undefined;
  },
) {
  return (
    <div class="pager" role="group" aria-label="Pages">
      <PageLink href={first} label="Newest" />
      <PageLink href={next} label="Older" />
    </div>
  );
}

function PageLink({ href, label }: { readonly href: string | undefined; readonly label: string }) {
  return href === undefined
    ? <button type="button" class="button" disabled>{label}</button>
    : <a class="button" href={href}>{label}</a>;
}
