import { parse } from "@std/yaml";
import { z } from "zod";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { networkFromSettings } from "./from_settings.ts";
import { assertGenesis } from "./genesis.ts";
import type { Network, TestMode } from "./network.ts";
import { IGNORED, settingsSchema } from "./settings_schema.ts";
import { SHIPPED_NETWORKS, shippedSettings } from "./shipped.ts";

const fileSchema = z.record(z.string(), z.unknown());

/** What is left out of a file is as in the network that this names. */
const EXTENDS = "extends";

/**
 * Reads a settings file of the reference node: YAML, of which JSON is a part. `extends` may name a
 * network that comes with the program.
 *
 * @throws {LedgerError} `config_invalid` saying what is wrong, also where the genesis does not have
 *   the hashes that the file says
 */
export function parseNetworkSettings(text: string): Network {
  const file = fileSchema.safeParse(parseYaml(text));
  if (!file.success) throw invalid("it is not a mapping of names to values");
  const { [EXTENDS]: base, ...own } = file.data;
  const settings = settingsSchema.safeParse({ ...baseSettings(base), ...withoutIgnored(own) });
  if (!settings.success) throw invalid(z.prettifyError(settings.error));
  const network = networkFromSettings(settings.data);
  assertGenesis(network);
  return network;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw invalid(messageOf(error));
  }
}

function baseSettings(name: unknown): object {
  if (name === undefined) return {};
  const base = typeof name === "string" ? shippedSettings(name) : undefined;
  if (base === undefined) throw invalid(`extends: one of ${SHIPPED_NETWORKS.join(", ")}`);
  return base;
}

function withoutIgnored(file: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(file).filter(([name]) => !IGNORED.has(name)));
}

/** Networks whose weights nobody's money depends on. */
const TEST_MODE_NETWORKS: readonly string[] = ["privatenet", "unittests"];

/**
 * The same network in test mode.
 *
 * @throws {LedgerError} `config_invalid` for a network that the reference node has no test mode for
 */
export function inTestMode(network: Network, testMode: TestMode): Network {
  const isAsked = testMode.transactions || testMode.blocks;
  if (isAsked && !TEST_MODE_NETWORKS.includes(network.name)) {
    throw invalid(`test mode is for ${TEST_MODE_NETWORKS.join(" and ")} alone`);
  }
  return { ...network, testMode };
}

function invalid(message: string): LedgerError {
  return new LedgerError("config_invalid", `Hathor network settings: ${message}`);
}
