import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { LedgerError } from "../../kernel/errors.ts";
import { serverUrl } from "../backend/open_backend.ts";
import { ServerApi } from "../backend/server_api.ts";
import { OK } from "../terminal/exit_codes.ts";
import { print } from "../terminal/terminal.ts";

const flags = object({
  what: argument(string({ metavar: "WHAT" }), {
    description: message`accounts, clock, faults, cut, mine or faucet`,
  }),
  body: optional(argument(string({ metavar: "JSON" }), {
    description:
      message`What is asked for, as the page of the developer mode tells; without it, what is`,
  })),
  url: optional(option("--url", string({ metavar: "URL" }), {
    description: message`A running server's main port; LEDGER_URL`,
  })),
});

/** `dev`: the developer mode of a running server. */
export const devCommand = map(
  command("dev", flags, {
    brief: message`Use the developer mode of a running server: accounts, clock, faults, blocks`,
  }),
  (given) => () => askServer(given),
);

interface DevFlags {
  readonly what: string;
  readonly body: string | undefined;
  readonly url: string | undefined;
}

/** Asks, and prints the answer as JSON. */
async function askServer({ what, body, url }: DevFlags): Promise<number> {
  if (!/^[a-z]+$/.test(what)) throw new LedgerError("config_invalid", "WHAT is one word");
  const api = new ServerApi(serverUrl(url), Deno.env.get("LEDGER_KEY") || undefined);
  const path = `/v1/dev/${what}`;
  const init = body === undefined ? {} : { headers: { "content-type": "application/json" }, body };
  const answer = await api.ask(body === undefined ? "GET" : "POST", path, init);
  await print(`${(await answer.text()).trim()}\n`);
  return OK;
}
