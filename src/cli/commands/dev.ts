import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { LedgerError } from "../../kernel/errors.ts";
import { serverOf, urlOption } from "../backend/open_backend.ts";
import { ServerApi } from "../backend/server_api.ts";
import { OK } from "../terminal/exit_codes.ts";
import { print } from "../terminal/terminal.ts";

const flags = object({
  what: argument(string({ metavar: "WHAT" }), {
    description:
      message`accounts, clock, faucet, mine, mining, snapshots, revert, reset, fork, faults, cut, reorg or double-spend`,
  }),
  body: optional(argument(string({ metavar: "JSON" }), {
    description:
      message`What is asked for, as the page of the developer mode tells; without it, what is`,
  })),
  remove: option("--delete", { description: message`Take away what WHAT names` }),
  url: urlOption,
});

/** `dev`: the developer mode of a running server. */
export const devCommand = map(
  command("dev", flags, {
    brief: message`Use the developer mode of a running server: accounts, clock, snapshots, faults`,
  }),
  (given) => () => askServer(given),
);

/** What is done rather than asked for, also without a body. */
const TOLD: ReadonlySet<string> = new Set(["cut", "mine", "reset", "reorg"]);

interface DevFlags {
  readonly what: string;
  readonly body: string | undefined;
  readonly remove: boolean;
  readonly url: string | undefined;
}

/** Asks, and prints the answer as JSON. */
async function askServer({ what, body, remove, url }: DevFlags): Promise<number> {
  if (!/^[a-z-]+(?:\/[0-9]+)?$/.test(what)) {
    throw new LedgerError(
      "config_invalid",
      "WHAT is one word, and perhaps a number behind a slash",
    );
  }
  const api = new ServerApi(...serverOf(url));
  const path = `/v1/dev/${what}`;
  const init = body === undefined ? {} : { headers: { "content-type": "application/json" }, body };
  // These are told without more.
  const isTold = body !== undefined || TOLD.has(what);
  const answer = await api.ask(remove ? "DELETE" : isTold ? "POST" : "GET", path, init);
  await print(`${(await answer.text()).trim()}\n`);
  return OK;
}
