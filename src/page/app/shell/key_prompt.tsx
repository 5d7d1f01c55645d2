import { useState } from "preact/hooks";
import { isKeyWanted, takeKey, theKey } from "../base/key.ts";
import { Dialog } from "../parts/dialog.tsx";

/** Asks for the key, once: it goes with every request and, as a subprotocol, with every socket. */
export function KeyPrompt() {
  const [text, setText] = useState("");
  const [lasts, setLasts] = useState(false);
  const hasKey = theKey.value !== undefined;
  const take = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== "") takeKey(text.trim(), lasts);
  };
  return (
    <Dialog
      title={hasKey ? "Another key" : "A key is needed"}
      close={() => isKeyWanted.set(false)}
    >
      <form class="form" onSubmit={take}>
        <p class="about">
          This server asks for a key. With <code>read</code>{" "}
          what it may see is shown; connections, keys, settings and the log need <code>admin</code>.
        </p>
        <label class="field">
          <span>Key</span>
          <input
            class="input mono"
            type="password"
            autofocus
            autocomplete="off"
            spellcheck={false}
            placeholder="lk_…"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={lasts}
            onChange={(event) => setLasts(event.currentTarget.checked)}
          />
          <span>Keep it in this browser when the tab is closed</span>
        </label>
        <div class="row row-end">
          {hasKey && (
            <button type="button" class="button" onClick={() => takeKey(undefined, false)}>
              Forget the key
            </button>
          )}
          <button type="submit" class="button button-main">Use it</button>
        </div>
      </form>
    </Dialog>
  );
}
