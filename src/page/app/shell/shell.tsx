import { useEffect, useState } from "preact/hooks";
import { matchPath, usePlace } from "../base/place.ts";
import type { Screen } from "../base/screen.ts";
import { nextTheme, theTheme } from "../base/theme.ts";
import { isKeyWanted, theKey } from "../base/key.ts";
import { useStore } from "../base/store.ts";
import { theFeed } from "../data/feed.ts";
import { PageHead } from "../parts/page_head.tsx";
import { Help } from "./help.tsx";
import { KeyPrompt } from "./key_prompt.tsx";
import { useKeyboard } from "./keyboard.ts";
import { Nav } from "./nav.tsx";
import { Search } from "./search.tsx";

/** What is around every screen. */
export function Shell({ screens }: { readonly screens: readonly Screen[] }) {
  const place = usePlace();
  const [isHelpOpen, setHelp] = useState(false);
  const isAsked = useStore(isKeyWanted);
  useKeyboard(screens, () => setHelp((before) => !before));
  useEffect(() => theFeed.watch(), []);
  const shown = screens.map((screen) => ({ screen, params: matchPath(screen.path, place.path) }))
    .find(({ params }) => params !== undefined);
  const title = shown?.params && shown.screen.title(shown.params);
  useEffect(() => {
    document.title = title === undefined ? "Ledgerline" : `${title} · Ledgerline`;
  }, [title]);
  useEffect(() => document.querySelector("main")?.scrollTo(0, 0), [place.path]);
  const View = shown?.screen.view;
  return (
    <>
      <Nav screens={screens} path={place.path} />
      <header class="top">
        <Search screens={screens} />
        <div class="row">
          <ConnectionState />
          <ThemeButton />
          <KeyButton />
          <button
            type="button"
            class="button button-quiet"
            aria-label="Keyboard shortcuts"
            onClick={() => setHelp(true)}
          >
            ?
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {View && shown?.params
          ? <View key={place.path} params={shown.params} query={place.query} />
          : (
            <PageHead
              title="There is no such place"
              about="The address names nothing that this page knows."
              actions={<a class="button" href="#/">Home</a>}
            />
          )}
      </main>
      {isAsked && <KeyPrompt />}
      {isHelpOpen && <Help screens={screens} close={() => setHelp(false)} />}
    </>
  );
}

/** Whether what is shown is what is there. */
function ConnectionState() {
  const state = useStore(theFeed.connection);
  const text = state === "live" ? "Live" : state === "away" ? "Reconnecting" : "Connecting";
  return (
    <span class="connection" data-state={state} role="status">
      <span class="connection-dot" aria-hidden="true" />
      {text}
    </span>
  );
}

function ThemeButton() {
  const theme = useStore(theTheme);
  const mark = theme === "light" ? "☀" : theme === "dark" ? "☾" : "◐";
  return (
    <button
      type="button"
      class="button button-quiet"
      aria-label={`Theme: ${theme}`}
      title={`Theme: ${theme}`}
      onClick={nextTheme}
    >
      <span aria-hidden="true">{mark}</span>
    </button>
  );
}

function KeyButton() {
  const hasKey = useStore(theKey) !== undefined;
  if (!hasKey) return null;
  return (
    <button
      type="button"
      class="button button-quiet"
      onClick={() => isKeyWanted.set(true)}
    >
      Key
    </button>
  );
}
