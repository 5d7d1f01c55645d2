import { printable } from "../../kernel/printable.ts";
import { paint, table } from "./terminal.ts";

/** What somebody who has just started a server is shown. */
export interface StartScreen {
  readonly version: string;
  /** Address of the main port, if there is one. */
  readonly page: string | undefined;
  readonly store: string;
  readonly ledgers: readonly ShownLedger[];
  /** Whether a request needs a key. */
  readonly isKeyNeeded: boolean;
}

/** One ledger of a start screen. */
export interface ShownLedger {
  readonly title: string;
  readonly address: string;
  /** Where its events come live, if it has a socket for them. */
  readonly events: string | undefined;
  /** A line for a shell that shows it at work. */
  readonly step: string;
  /** Accounts that everybody knows. */
  readonly accounts?: {
    readonly words: string;
    readonly accounts: readonly { readonly address: string; readonly holds?: string }[];
  };
}

/** The screen as text; each command stands on a line of its own, so that it can be copied. */
export function startScreen(screen: StartScreen, isColourful: boolean): string {
  const { version, page, store, ledgers, isKeyNeeded } = screen;
  const dim = (text: string) => paint.dim(text, isColourful);
  const name = paint.cyan(`Ledgerline ${version}`, isColourful);
  const steps = ledgers.map(({ title, step }) =>
    `${dim(`# ${title}`)}\n${printable(isKeyNeeded ? withKey(step) : step)}\n`
  );
  return [
    `${name}${page === undefined ? "" : `  ${page}`}\n`,
    table(
      ["LEDGER", "ADDRESS", "EVENTS LIVE"],
      ledgers.map(({ title, address, events = "" }) => [title, address, events]),
    ),
    accountLines(ledgers, dim),
    `${dim("Store")}  ${printable(store)}\n`,
    `${dim(isKeyNeeded ? "Try, with a key in LEDGER_KEY:" : "Try:")}\n${steps.join("")}`,
    "Ctrl-C stops\n",
  ].filter((part) => part !== "").join("\n");
}

/** The accounts of all ledgers, by the words that they are made of. */
function accountLines(ledgers: readonly ShownLedger[], dim: (text: string) => string): string {
  const words = new Set(ledgers.flatMap(({ accounts }) => accounts?.words ?? []));
  return [...words].map((one) => {
    const rows = ledgers.filter(({ accounts }) => accounts?.words === one).map((ledger) => {
      const accounts = ledger.accounts?.accounts ?? [];
      const shown = accounts.find(({ holds }) => holds !== undefined) ?? accounts[0];
      return [ledger.title, shown?.address ?? "", shown?.holds ?? ""];
    });
    return `${dim("Accounts, whose words everybody knows:")}\n${printable(one)}\n` +
      table(["LEDGER", "ACCOUNT", ""], rows);
  }).join("\n");
}

/** A command whose requests show the key of the environment. */
function withKey(step: string): string {
  return step.replaceAll("curl ", 'curl -H "x-api-key: $LEDGER_KEY" ');
}
