import { useState } from "preact/hooks";

/** A field for what is looked for, and the button that looks for it. */
export function AskForm(
  { label, placeholder = label, button, wanted, look }: {
    /** What is asked for, for whoever hears the page. */
    readonly label: string;
    readonly placeholder?: string;
    readonly button: string;
    /** What is in it at first. */
    readonly wanted: string;
    /** Takes the text; undefined for none. */
    readonly look: (text: string | undefined) => void;
  },
) {
  const [text, setText] = useState(wanted);
  const submit = (event: Event) => {
    event.preventDefault();
    look(text.trim() || undefined);
  };
  return (
    <form class="row section" role="search" aria-label={label} onSubmit={submit}>
      <input
        class="input grow"
        type="text"
        aria-label={label}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button button-main">{button}</button>
    </form>
  );
}
