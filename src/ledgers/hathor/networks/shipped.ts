import { networkFromSettings } from "./from_settings.ts";
import { MAINNET } from "./mainnet.ts";
import { NANO_TESTNET_BRAVO } from "./nano_testnet_bravo.ts";
import type { Network } from "./network.ts";
import { PRIVATENET } from "./privatenet.ts";
import { type SettingsFile, settingsSchema } from "./settings_schema.ts";
import { TESTNET_INDIA } from "./testnet_india.ts";
import { UNITTESTS } from "./unittests.ts";

/** Settings of the networks that come with the program, as files would say them. */
const FILES: readonly SettingsFile[] = [
  PRIVATENET,
  MAINNET,
  TESTNET_INDIA,
  NANO_TESTNET_BRAVO,
  UNITTESTS,
];

/** The network that is used where nothing else is said. */
export const DEFAULT_NETWORK = "privatenet";

/** Names of the networks that come with the program. */
export const SHIPPED_NETWORKS: readonly string[] = FILES.map((file) => file.NETWORK_NAME);

/** Files of the reference node that settings files extend, and the networks that they are of. */
export const SHIPPED_FILES: ReadonlyMap<string, string> = new Map([
  ["mainnet.yml", "mainnet"],
  ["testnet.yml", "testnet-india"],
  ["nano_testnet.yml", "nano-testnet-bravo"],
  ["localnet.yml", "privatenet"],
  ["unittests.yml", "unittests"],
]);

/** The settings of a network that comes with the program. */
export function shippedSettings(name: string): SettingsFile | undefined {
  return FILES.find((file) => file.NETWORK_NAME === name);
}

/** A network that comes with the program. */
export function shippedNetwork(name: string): Network | undefined {
  const file = shippedSettings(name);
  return file === undefined ? undefined : networkFromSettings(settingsSchema.parse(file));
}
