import { getLogger } from "@logtape/logtape";
import { basename, dirname, resolve } from "node:path";
import { z } from "zod";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { networkFromSettings } from "./from_settings.ts";
import { assertGenesis } from "./genesis.ts";
import type { Network, TestMode } from "./network.ts";
import { EARLIER_NAMES, IGNORED, settingsSchema } from "./settings_schema.ts";
import { SHIPPED_FILES, SHIPPED_NETWORKS, shippedSettings } from "./shipped.ts";

const logger = getLogger(["ledgerline", "hathor"]);

type Values = Readonly<Record<string, unknown>>;

const fileSchema: z.ZodType<Values> = z.record(z.string(), z.unknown());

/** What is left out of a file is as in the file, or the network, that this names. */
const EXTENDS = "extends";

/** Files that may extend one another in a row. */
const MOST_FILES = 16;

/** Bytes of a file: mainnet's own, with all its checkpoints, has 20,000. */
const FILE_BYTES = 1024 * 1024;

/**
 * Reads a settings file of the reference node: YAML as Python reads it, of which JSON is a part.
 * `extends` names another file, from the folder of the one that says it, or a file or a network that
 * comes with the program.
 *
 * @throws {LedgerError} `config_invalid` saying what is wrong, also where the genesis does not have
 *   the hashes that the file says
 */
export async function readNetworkSettings(path: string): Promise<Network> {
  const settings = settingsSchema.safeParse(withoutIgnored(await valuesOf(path, MOST_FILES)));
  if (!settings.success) throw invalid(z.prettifyError(settings.error));
  const network = networkFromSettings(settings.data);
  assertGenesis(network);
  return network;
}

async function valuesOf(path: string, left: number): Promise<Values> {
  if (left === 0) throw invalid(`more than ${MOST_FILES} files extend one another`);
  const { [EXTENDS]: base, ...given } = await parsed(path, await readText(path));
  const own = withNamesOfToday(given);
  if (base === undefined || base === null) return own;
  if (typeof base !== "string") throw invalid(`${path}: extends names a file`);
  const file = resolve(dirname(path), base);
  if (await isFile(file)) return merged(await valuesOf(file, left - 1), own);
  const shipped = shippedSettings(SHIPPED_FILES.get(base) ?? base);
  if (shipped !== undefined) return merged(shipped, own);
  const known = [...SHIPPED_FILES.keys(), ...SHIPPED_NETWORKS].join(", ");
  throw invalid(`${path}: extends ${base}, which is no file, and none of ${known}`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size > FILE_BYTES) throw new RangeError(`it has more than ${FILE_BYTES} bytes`);
    return await Deno.readTextFile(path);
  } catch (error) {
    throw invalid(`${path}: ${messageOf(error)}`);
  }
}

/** Values as Python's `yaml.safe_load` gives them; whole numbers beyond 2^53 are exact. */
async function parsed(path: string, text: string): Promise<Values> {
  // Loaded for whoever has such a file.
  const { parse } = await import("yaml");
  let value: unknown;
  try {
    value = parse(text, exactly, { version: "1.1", intAsBigInt: true }) ?? {};
  } catch (error) {
    throw invalid(`${basename(path)}: ${messageOf(error)}`);
  }
  const file = fileSchema.safeParse(value);
  if (!file.success) throw invalid(`${path}: it is not a mapping of names to values`);
  return file.data;
}

function exactly(_name: unknown, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * A setting may have the name that it had for an earlier version of the original. A file with such a
 * name is of a network of those versions, which reckoned deposits in doubles.
 */
function withNamesOfToday(given: Values): Values {
  const { [DEPOSIT]: deposit, ...rest } = given;
  const renamed = Object.entries(rest)
    .map(([name, value]) => [EARLIER_NAMES.get(name) ?? name, value] as const);
  const isEarlier = [DEPOSIT, GENESIS_TOKENS, ...EARLIER_NAMES.keys()]
    .some((name) => Object.hasOwn(given, name));
  return {
    ...isEarlier && { DEPOSIT_IN_DOUBLES: true },
    ...depositOf(deposit),
    ...Object.fromEntries(renamed),
    ...rest,
  };
}

/** All there is in the genesis, which is reckoned from its units now. */
const GENESIS_TOKENS = "GENESIS_TOKENS";

/** The part of an amount that is put down for tokens, which was one number. */
const DEPOSIT = "TOKEN_DEPOSIT_PERCENTAGE";

/** As a fraction: it has to be that of a whole number, as in those versions. */
function depositOf(part: unknown): Values {
  if (part === undefined) return {};
  const denominator = typeof part === "number" ? 1 / part : NaN;
  if (!(denominator >= 1) || !Number.isInteger(denominator)) {
    throw invalid(`${DEPOSIT}: 1 / ${part} is no whole number`);
  }
  return {
    TOKEN_DEPOSIT_PERCENTAGE_NUMERATOR: 1,
    TOKEN_DEPOSIT_PERCENTAGE_DENOMINATOR: denominator,
  };
}

/** Mappings become one, at any depth; everything else of `over` stands in place of what was there. */
function merged(under: Values, over: Values): Values {
  const result: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const both = [fileSchema.safeParse(result[name]), fileSchema.safeParse(value)] as const;
    result[name] = both[0].success && both[1].success ? merged(both[0].data, both[1].data) : value;
  }
  return result;
}

/** What means nothing here is left out: hathor-core 0.72.0 passes over names that it does not know. */
function withoutIgnored(file: Values): Values {
  const isKnown = (name: string) => Object.hasOwn(settingsSchema.shape, name);
  for (const name of Object.keys(file)) {
    if (!isKnown(name) && !IGNORED.has(name) && !EARLIER_NAMES.has(name)) {
      logger.warn("{name} is no setting of a network, and is passed over", { name });
    }
  }
  return Object.fromEntries(Object.entries(file).filter(([name]) => isKnown(name)));
}

/** The same network in test mode, in which it is one of its own, whatever others call theirs. */
export function inTestMode(network: Network, testMode: TestMode): Network {
  const isAsked = testMode.transactions || testMode.blocks;
  return { ...network, testMode, isShared: network.isShared && !isAsked };
}

function invalid(message: string): LedgerError {
  return new LedgerError("config_invalid", `Hathor network settings: ${message}`);
}
