import { useState } from "preact/hooks";
import { theKey } from "../base/key.ts";
import { useStore } from "../base/store.ts";
import { SERVER } from "../data/api.ts";
import { type Language, LANGUAGES, type Request, snippet } from "../data/snippets.ts";
import { useCopied } from "./copyable.tsx";

/** What a screen shows, to be had by a program: at the end of each screen. */
export function SameAs({ requests }: { readonly requests: readonly Request[] }) {
  const [language, setLanguage] = useState<Language>("curl");
  const hasKey = useStore(theKey) !== undefined;
  const text = requests.map((request) => snippet(language, request, { server: SERVER, hasKey }))
    .join("\n\n");
  const [isCopied, copy] = useCopied(text);
  return (
    <details class="same">
      <summary>The same from a program</summary>
      <div class="same-bar" role="group" aria-label="Language">
        {LANGUAGES.map((name) => (
          <button
            key={name}
            type="button"
            class="choice"
            aria-pressed={name === language}
            onClick={() => setLanguage(name)}
          >
            {name}
          </button>
        ))}
        <button type="button" class="choice same-copy" onClick={copy}>
          {isCopied ? "copied" : "copy"}
        </button>
      </div>
      <pre class="code" tabIndex={0} aria-label={`In ${language}`}>{text}</pre>
    </details>
  );
}
