import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import { argument, command, constant, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { type TargetFlags, targetOptions, withTarget } from "../target/open_target.ts";
import type { Target } from "../target/target.ts";
import { print, ProgressBar } from "../terminal.ts";

/** What `verify` leaves with when it found damage. */
const DAMAGED = 3;

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
    brief: message`Check every checksum and hash of chains, all of them by default`,
    footer:
      message`Names the first damaged offset of each chain, and ends with 3 where there is one.`,
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
  let isDamaged = false;
  await withTarget(flags, async (target) => {
    for await (const chain of named(target, flags.chains)) {
      const fault = await faultOf(target, chain, flags.rows);
      isDamaged ||= fault.isDamage;
      await print(`${chain}: ${fault.text}\n`);
    }
  });
  return isDamaged ? DAMAGED : 0;
}

async function faultOf(
  target: Target,
  chain: string,
  withRows: boolean,
): Promise<{ isDamage: boolean; text: string }> {
  const bar = new ProgressBar();
  try {
    const found = await target.verify(chain, bar.update);
    bar.clear();
    if (!found.ok) {
      return { isDamage: true, text: `damaged at offset ${found.offset}: ${found.reason}` };
    }
    const text = `ok, ${found.events} events in ${found.commits} commits`;
    const difference = withRows ? await target.compareRows(chain) : undefined;
    if (difference === undefined) return { isDamage: false, text };
    const { key, reason } = difference;
    const row = JSON.stringify(key);
    return { isDamage: true, text: `${text}, but row ${row} is ${reason}: rebuild the chain` };
  } finally {
    bar.clear();
  }
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
