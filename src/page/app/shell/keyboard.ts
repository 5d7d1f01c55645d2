import { useEffect } from "preact/hooks";
import { goTo, hrefOf } from "../base/place.ts";
import type { Screen } from "../base/screen.ts";

/** Milliseconds in which a letter has to follow `g`. */
const AFTER_MS = 1_500;

/** Keys that work everywhere but where something is typed. */
export function useKeyboard(screens: readonly Screen[], onHelp: () => void): void {
  useEffect(() => {
    let wentAt = -Infinity;
    const take = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isSecond = event.timeStamp - wentAt < AFTER_MS;
      wentAt = -Infinity;
      if (isSecond) {
        const screen = screens.find(({ nav }) => nav?.letter === event.key);
        if (screen === undefined) return;
        event.preventDefault();
        return goTo(hrefOf(screen.path));
      }
      if (event.key === "g") wentAt = event.timeStamp;
      if (event.key === "?") onHelp();
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#search")?.focus();
      }
    };
    addEventListener("keydown", take);
    return () => removeEventListener("keydown", take);
  }, [screens]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
