/** A field for a part of what is wanted of a list. */
export function PartField(
  { label, of, text, set }: {
    /** What is shown with it, for whoever hears the page. */
    readonly label: string;
    /** What it is a part of. */
    readonly of: string;
    readonly text: string;
    readonly set: (text: string) => void;
  },
) {
  return (
    <input
      class="input"
      type="search"
      aria-label={label}
      placeholder={`Part of a ${of}`}
      value={text}
      onInput={(event) => set(event.currentTarget.value)}
    />
  );
}
