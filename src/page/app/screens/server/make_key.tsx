import { errorOf } from "../../base/error.ts";
import { useState } from "preact/hooks";
import { takeKey } from "../../base/key.ts";
import { askJson } from "../../data/api.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { Dialog } from "../../parts/dialog.tsx";

const SCOPES = [
  ["read", "read chains"],
  ["append", "append to chains, create and delete them"],
  ["admin", "everything, keys included"],
] as const;

/** Asks what a key is to be good for, makes it, and shows it this once. */
export function MakeKey(
  { isFirst, close }: { readonly isFirst: boolean; readonly close: () => void },
) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(isFirst ? ["admin"] : ["read"]);
  const [chains, setChains] = useState("*");
  const [until, setUntil] = useState("");
  const [made, setMade] = useState<string | undefined>();
  const [error, setError] = useState<Error | undefined>();
  const [wasFirst] = useState(isFirst);
  const make = async (event: Event) => {
    event.preventDefault();
    const body = {
      name: name.trim(),
      scopes,
      chains: chains.split(/[\s,]+/).filter((chain) => chain !== ""),
      ...until !== "" && { expiresAt: new Date(until).toISOString() },
    };
    try {
      const { key } = await askJson<{ key: string }>("v1/keys", { method: "POST", body });
      // Without it the page would be shut out by what it has just done.
      if (wasFirst) takeKey(key, false);
      setMade(key);
    } catch (failure) {
      setError(errorOf(failure));
    }
  };
  if (made !== undefined) return <Made secret={made} isUsed={wasFirst} close={close} />;
  return (
    <Dialog title="Make a key" close={close}>
      <form class="form" onSubmit={make}>
        {isFirst && (
          <p class="note">This is the first key: from now on everybody needs one, this page too.</p>
        )}
        <label class="field">
          <span>Name</span>
          <input
            class="input"
            required
            autofocus
            autocomplete="off"
            placeholder="what it is for"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <fieldset class="fieldset">
          <legend>May</legend>
          {SCOPES.map(([scope, what]) => (
            <label key={scope} class="check">
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(
                    SCOPES.map(([one]) => one).filter((one) =>
                      one === scope ? event.currentTarget.checked : scopes.includes(one)
                    ),
                  )}
              />
              <span>
                <code>{scope}</code> {what}
              </span>
            </label>
          ))}
        </fieldset>
        <label class="field">
          <span>Chains: whole names, or beginnings such as hierachain/*</span>
          <input
            class="input mono"
            required
            spellcheck={false}
            value={chains}
            onInput={(event) => setChains(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Good until (for ever, where it is left out)</span>
          <input
            class="input"
            type="date"
            value={until}
            onInput={(event) => setUntil(event.currentTarget.value)}
          />
        </label>
        {error !== undefined && <p class="note note-bad" role="alert">{error.message}</p>}
        <div class="row row-end">
          <button type="submit" class="button button-main" disabled={scopes.length === 0}>
            Make it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Made(
  { secret, isUsed, close }: {
    readonly secret: string;
    readonly isUsed: boolean;
    readonly close: () => void;
  },
) {
  const use = () => {
    takeKey(secret, false);
    close();
  };
  return (
    <Dialog title="The key" close={close}>
      <div class="form">
        <p class="about">
          It is shown this once: the server keeps its hash alone.
          {isUsed && " This page uses it for as long as its tab is open."}
        </p>
        <p class="code secret">
          <Copyable text={secret} chars={80} label="Copy the key" />
        </p>
        <div class="row row-end">
          {!isUsed && (
            <button type="button" class="button" onClick={use}>Use it in this page</button>
          )}
          <button type="button" class="button button-main" onClick={close}>I have it</button>
        </div>
      </div>
    </Dialog>
  );
}
