import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { messageOf } from "../../kernel/errors.ts";
import type { Damage } from "../../log/damage.ts";
import { DAMAGED, FAILED, OK } from "../terminal/exit_codes.ts";
import { type BackendFlags, backendOptions, withBackend } from "../backend/open_backend.ts";
import { codeOf } from "../backend/server_api.ts";
import type { Backend } from "../backend/backend.ts";
import { print, ProgressBar, say } from "../terminal/terminal.ts";

const chains = multiple(argument(string({ metavar: "CHAIN" })));

/** `verify`: checks logs. */
export const verifyCommand = map(
  command(
    "verify",
    merge(
      object({
        chains,
        rows: option("--rows", {
          description:
            message`Compare the rows of each chain with its log as well; with --store only`,
        }),
      }),
      backendOptions,
    ),
    {
      brief:
        message`Check heads, every event, the chain of hashes and every row of chains, all of them by default`,
      footer:
        message`Works beside a running server, and goes on after what is damaged: each finding is named by its chain with its offset or row. Ends with 3 where anything is damaged, and with 1 where a chain that was named is not there.`,
    },
  ),
  (flags) => () => runVerify(flags),
);

/** `rebuild`: makes rows anew. */
export const rebuildCommand = map(
  command(
    "rebuild",
    merge(
      object({
        chains: multiple(argument(string({ metavar: "CHAIN" })), { min: 1 }),
      }),
      backendOptions,
    ),
    {
      brief: message`Make the rows of chains anew from their logs, beside whoever reads and writes`,
    },
  ),
  (flags) => () => runRebuild(flags),
);

interface UpkeepFlags extends BackendFlags {
  readonly chains: readonly string[];
}

export async function runVerify(flags: UpkeepFlags & { readonly rows: boolean }): Promise<number> {
  let code = OK;
  await withBackend(flags, async (backend) => {
    for await (const chain of named(backend, flags.chains)) {
      try {
        const { isDamage, texts } = await faultsOf(backend, chain, flags.rows);
        if (isDamage) code = DAMAGED;
        for (const text of texts) await print(`${chain}: ${text}\n`);
      } catch (error) {
        // The other chains are checked nevertheless.
        if (codeOf(error) !== "chain_unknown") throw error;
        await say(`ledgerline: ${messageOf(error)}\n`);
        if (code === OK) code = FAILED;
      }
    }
    for (const { name, reason } of flags.chains.length > 0 ? [] : await backend.damagedKept()) {
      code = DAMAGED;
      await print(`${name}: damaged: ${reason}\n`);
    }
  });
  return code;
}

async function faultsOf(
  backend: Backend,
  chain: string,
  withRows: boolean,
): Promise<{ isDamage: boolean; texts: readonly string[] }> {
  const bar = new ProgressBar();
  try {
    const found = await backend.verify(chain, bar.update);
    bar.clear();
    if (!found.ok) {
      const texts = found.damages.map(textOf);
      if (found.untold > 0) texts.push(`${found.untold} more`);
      return { isDamage: true, texts };
    }
    const text = `ok, ${found.events} events in ${found.commits} commits, ${found.rows} rows`;
    const difference = withRows ? await backend.compareRows(chain) : undefined;
    if (difference === undefined) return { isDamage: false, texts: [text] };
    const { key, reason } = difference;
    const row = JSON.stringify(key);
    return { isDamage: true, texts: [`${text}, but row ${row} is ${reason}: rebuild the chain`] };
  } finally {
    bar.clear();
  }
}

function textOf({ offset, row, reason }: Damage): string {
  // The reason names the row.
  return row === undefined ? `damaged at offset ${offset}: ${reason}` : `damaged row: ${reason}`;
}

export async function runRebuild(flags: UpkeepFlags): Promise<number> {
  await withBackend(flags, async (backend) => {
    for (const chain of flags.chains) {
      const { events } = await backend.rebuild(chain);
      await print(`${chain}: rebuilt from ${events} events\n`);
    }
  });
  return 0;
}

async function* named(backend: Backend, names: readonly string[]): AsyncGenerator<string> {
  if (names.length > 0) return yield* names;
  for await (const { chain } of backend.chains("")) yield chain;
}
