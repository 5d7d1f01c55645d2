import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import { argument, command, constant, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import type { Damage } from "../../log/damage.ts";
import { DAMAGED, FAILED, OK } from "../exit_codes.ts";
import { type TargetFlags, targetOptions, withTarget } from "../backend/open_target.ts";
import { RemoteError } from "../backend/server_api.ts";
import type { Target } from "../backend/target.ts";
import { print, ProgressBar, say } from "../terminal.ts";

const chains = multiple(argument(string({ metavar: "CHAIN" })));

/** `verify`: checks logs. */
export const verifyCommand = command(
  "verify",
  merge(
    object({
      command: constant("verify"),
      chains,
      rows: option("--rows", {
        description:
          message`Compare the rows of each chain with its log as well; with --store only`,
      }),
    }),
    targetOptions,
  ),
  {
    brief:
      message`Check heads, every event, the chain of hashes and every row of chains, all of them by default`,
    footer:
      message`Works beside a running server, and goes on after what is damaged: each finding is named by its chain with its offset or row. Ends with 3 where anything is damaged, and with 1 where a chain that was named is not there.`,
  },
);

/** `rebuild`: makes rows anew. */
export const rebuildCommand = command(
  "rebuild",
  merge(
    object({
      command: constant("rebuild"),
      chains: multiple(argument(string({ metavar: "CHAIN" })), { min: 1 }),
    }),
    targetOptions,
  ),
  { brief: message`Make the rows of chains anew from their logs, beside whoever reads and writes` },
);

interface UpkeepFlags extends TargetFlags {
  readonly chains: readonly string[];
}

export async function verify(flags: UpkeepFlags & { readonly rows: boolean }): Promise<number> {
  let code = OK;
  await withTarget(flags, async (target) => {
    for await (const chain of named(target, flags.chains)) {
      try {
        const { isDamage, texts } = await faultsOf(target, chain, flags.rows);
        if (isDamage) code = DAMAGED;
        for (const text of texts) await print(`${chain}: ${text}\n`);
      } catch (error) {
        // The others are looked at all the same.
        if (!isUnknown(error)) throw error;
        await say(`ledgerline: ${messageOf(error)}\n`);
        if (code === OK) code = FAILED;
      }
    }
    for (const { name, reason } of flags.chains.length > 0 ? [] : await target.damagedKept()) {
      code = DAMAGED;
      await print(`${name}: damaged: ${reason}\n`);
    }
  });
  return code;
}

function isUnknown(error: unknown): boolean {
  return (error instanceof LedgerError || error instanceof RemoteError) &&
    error.code === "chain_unknown";
}

async function faultsOf(
  target: Target,
  chain: string,
  withRows: boolean,
): Promise<{ isDamage: boolean; texts: readonly string[] }> {
  const bar = new ProgressBar();
  try {
    const found = await target.verify(chain, bar.update);
    bar.clear();
    if (!found.ok) {
      const texts = found.damages.map(textOf);
      if (found.untold > 0) texts.push(`${found.untold} more`);
      return { isDamage: true, texts };
    }
    const text = `ok, ${found.events} events in ${found.commits} commits, ${found.rows} rows`;
    const difference = withRows ? await target.compareRows(chain) : undefined;
    if (difference === undefined) return { isDamage: false, texts: [text] };
    const { key, reason } = difference;
    const row = JSON.stringify(key);
    return { isDamage: true, texts: [`${text}, but row ${row} is ${reason}: rebuild the chain`] };
  } finally {
    bar.clear();
  }
}

function textOf({ offset, row, reason }: Damage): string {
  // The reason of a row names it.
  return row === undefined ? `damaged at offset ${offset}: ${reason}` : `damaged row: ${reason}`;
}

export async function rebuild(flags: UpkeepFlags): Promise<number> {
  await withTarget(flags, async (target) => {
    for (const chain of flags.chains) {
      const { events } = await target.rebuild(chain);
      await print(`${chain}: rebuilt from ${events} events\n`);
    }
  });
  return 0;
}

async function* named(target: Target, names: readonly string[]): AsyncGenerator<string> {
  if (names.length > 0) return yield* names;
  for await (const { chain } of target.chains("")) yield chain;
}
