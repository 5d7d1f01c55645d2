import { Store } from "./store.ts";

/** Light, dark, or as the system is set. */
export type Theme = "system" | "light" | "dark";

const NAME = "ledgerline.theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

/** The theme in force. */
export const theTheme = new Store<Theme>(
  ORDER.find((theme) => theme === localStorage.getItem(NAME)) ?? "system",
);

/** Goes on to the next theme. */
export function nextTheme(): void {
  const theme = ORDER[(ORDER.indexOf(theTheme.value) + 1) % ORDER.length] ?? "system";
  localStorage.setItem(NAME, theme);
  theTheme.set(theme);
  showTheme();
}

/** Draws the page in the theme in force. */
export function showTheme(): void {
  document.documentElement.dataset.theme = theTheme.value;
}
