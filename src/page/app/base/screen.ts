import type { ComponentType } from "preact";
import type { Params } from "./place.ts";

/** What a screen is drawn from: the names of its path, and what is asked of it. */
export interface ScreenProps {
  readonly params: Params;
  readonly query: URLSearchParams;
}

/** A place where something was found. */
export interface Found {
  /** What it is: `Transaction`, `Chain`, … */
  readonly kind: string;
  readonly label: string;
  readonly href: string;
}

/**
 * Looks for what a text may mean. It asks the server only where the form of the text could be right,
 * and gives nothing for what is not there.
 */
export type Finder = (text: string, signal: AbortSignal) => Promise<readonly Found[]>;

/** Where a screen stands in the navigation. */
export interface NavEntry {
  readonly group: "Log" | "Ledgers" | "Server";
  readonly label: string;
  /** Goes there after `g`. */
  readonly letter?: string;
  /** The ledger whose colour it has. */
  readonly ledger?: string;
}

/** One screen of the page. */
export interface Screen {
  /** As {@linkcode matchPath} reads it. */
  readonly path: string;
  readonly title: (params: Params) => string;
  readonly view: ComponentType<ScreenProps>;
  readonly nav?: NavEntry;
  readonly find?: Finder;
}
