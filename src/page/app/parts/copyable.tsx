import { useState } from "preact/hooks";
import { shortened } from "../base/format.ts";

/** A value that a click copies; its middle is left out where it is longer than `chars`. */
export function Copyable(
  { text, shown = text, chars = 64, label = "Copy" }: {
    readonly text: string;
    /** What is shown of it. */
    readonly shown?: string;
    readonly chars?: number;
    /** What is copied, for whoever hears the page. */
    readonly label?: string;
  },
) {
  const [isCopied, take] = useCopied(text);
  return (
    <button
      type="button"
      class="copyable mono"
      title={text}
      onClick={take}
    >
      <span>{shortened(shown, chars)}</span>
      <span class="unseen">{label}</span>
      <span class="copyable-mark" data-done={isCopied} aria-hidden="true">
        {isCopied ? "copied" : "copy"}
      </span>
    </button>
  );
}

/** Whether a text was copied a moment ago, and what copies it. */
export function useCopied(text: string): readonly [boolean, () => Promise<void>] {
  const [isCopied, set] = useState(false);
  const take = async () => {
    set(await copied(text));
    setTimeout(() => set(false), 1_200);
  };
  return [isCopied, take];
}

/** Copies a text, also where the page did not come over TLS; whether that was done. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    return isDone;
  }
}
