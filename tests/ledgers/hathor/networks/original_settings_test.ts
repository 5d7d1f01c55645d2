import { assertEquals } from "@std/assert";
import { z } from "zod";
import { networkFromSettings } from "../../../../src/ledgers/hathor/networks/from_settings.ts";
import {
  IGNORED,
  settingsSchema,
} from "../../../../src/ledgers/hathor/networks/settings_schema.ts";
import {
  SHIPPED_NETWORKS,
  shippedNetwork,
} from "../../../../src/ledgers/hathor/networks/shipped.ts";
import { readVectors } from "../support/vectors.ts";

/**
 * What the original comes to once it has loaded each of its settings files. Its `localnet.yml` is
 * loaded without the testnet's that it extends: with it the original refuses it.
 */
const { common, networks } = readVectors(
  "hathor_networks.json",
  z.object({
    common: z.record(z.string(), z.unknown()),
    networks: z.record(z.string(), z.record(z.string(), z.unknown())),
  }),
);

const isKnown = (name: string) => Object.hasOwn(settingsSchema.shape, name);

Deno.test("every network of the original is known by its name", () => {
  assertEquals(Object.keys(networks).sort(), [...SHIPPED_NETWORKS].sort());
});

for (const [name, own] of Object.entries(networks)) {
  Deno.test(`every value of ${name} is the original's: checkpoints, features, weights, soft-voided transactions`, () => {
    const known = Object.entries({ ...common, ...own }).filter(([name]) => isKnown(name));
    const original = networkFromSettings(settingsSchema.parse(Object.fromEntries(known)));
    assertEquals(shippedNetwork(name), original);
  });
}

Deno.test("every setting of the original is one here, or is said to mean nothing here", () => {
  const [first = {}] = Object.values(networks);
  const unheard = Object.keys({ ...common, ...first })
    .filter((name) => !isKnown(name) && !IGNORED.has(name));
  assertEquals(unheard.sort(), [
    // What no settings file changes: names of parts of its protocol and of its rows.
    "CAPABILITY_GET_BEST_BLOCKCHAIN",
    "CAPABILITY_IPV6",
    "CAPABILITY_NANO_STATE",
    "CAPABILITY_SYNC_VERSION",
    "CAPABILITY_WHITELIST",
    "CONSENSUS_FAIL_ID",
    "HATHOR_TOKEN_UID",
    "PARTIALLY_VALIDATED_ID",
    "SOFT_VOIDED_ID",
  ]);
});
