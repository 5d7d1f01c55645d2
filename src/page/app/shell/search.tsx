import { useEffect, useId, useRef, useState } from "preact/hooks";
import { goTo } from "../base/place.ts";
import type { Found, Screen } from "../base/screen.ts";

/** Milliseconds without a key after which it is looked for what is typed. */
const PAUSE_MS = 150;

/** Finds whatever a text may name: what the screens know is asked of all of them at once. */
export function Search({ screens }: { readonly screens: readonly Screen[] }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<readonly Found[] | undefined>(undefined);
  const [at, setAt] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const isGoing = useRef(false);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const wanted = text.trim();
  const go = (target: Found) => {
    goTo(target.href);
    setText("");
    setOpen(false);
    input.current?.blur();
  };
  useEffect(() => {
    setFound(undefined);
    setAt(0);
    if (wanted === "") return;
    const ended = new AbortController();
    const timer = setTimeout(async () => {
      const all = await findEverywhere(screens, wanted, ended.signal);
      if (ended.signal.aborted) return;
      setFound(all);
      const [first] = all;
      if (isGoing.current && first !== undefined) go(first);
      isGoing.current = false;
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [wanted, screens]);
  const onKey = (event: KeyboardEvent) => {
    const last = (found?.length ?? 0) - 1;
    if (event.key === "Escape") {
      setOpen(false);
      input.current?.blur();
    } else if (event.key === "ArrowDown") setAt(Math.min(last, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") {
      const target = found?.[at];
      // What is still being looked for is gone to when it is found.
      if (target === undefined) isGoing.current = found === undefined;
      else go(target);
    } else return;
    event.preventDefault();
  };
  // Who has come back meanwhile is typing again.
  const closeUnlessBack = () => document.activeElement !== input.current && setOpen(false);
  const isShown = isOpen && wanted !== "";
  return (
    <div class="search" role="search">
      <input
        id="search"
        ref={input}
        class="input search-input"
        type="text"
        role="combobox"
        aria-label="Search"
        aria-expanded={isShown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={isShown && found?.[at] ? `${list}-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder="Search: hash, address, asset, entity, chain, offset, ULID"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(closeUnlessBack, 150)}
        onKeyDown={onKey}
      />
      <kbd class="search-key" aria-hidden="true">/</kbd>
      <div class="search-found" hidden={!isShown}>
        <ul id={list} role="listbox" aria-label="Found">
          {found?.map((one, index) => (
            <li
              key={one.href}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseDown={(event) => {
                event.preventDefault();
                go(one);
              }}
            >
              <span class="search-kind">{one.kind}</span>
              <span class="mono search-label">{one.label}</span>
            </li>
          ))}
        </ul>
        {found?.length === 0 && <p class="search-none">Nothing here goes by that name</p>}
        {found === undefined && <p class="search-none">Looking…</p>}
      </div>
    </div>
  );
}

/** What all screens find, in their order; a finder that fails finds nothing. */
async function findEverywhere(
  screens: readonly Screen[],
  text: string,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const found = await Promise.all(
    screens.map(({ find }) => find?.(text, signal).catch(() => []) ?? []),
  );
  return found.flat().slice(0, 12);
}
