import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { p2pkhAddress } from "../../../src/ledgers/hathor/networks/address.ts";
import { addressOfScript } from "../../../src/ledgers/hathor/script/patterns.ts";
import { readHathorSettings, settings } from "../../../src/ledgers/hathor/settings.ts";
import { withFolder } from "../../support/server.ts";

/** What the settings come to where nothing but `given` is set. */
function read(given: Readonly<Record<string, string>> = {}) {
  const values = Object.entries(settings).map(([name, { schema, fallback }]) => [
    name,
    schema.parse(given[name] ?? fallback),
  ]);
  return readHathorSettings({ host: "localhost", ...Object.fromEntries(values), ...hostOf(given) });
}

function hostOf({ host }: Readonly<Record<string, string>>) {
  return host === undefined ? {} : { host };
}

Deno.test("out of the box a private network costs no work, and is mined on this machine alone", async () => {
  const { network, mine } = await read();
  assertEquals(network.name, "privatenet");
  assertEquals(network.testMode, { transactions: true, blocks: true });
  assertEquals(mine?.everyMs, undefined);
  const nobody = mine && addressOfScript(network, mine.script);
  assertEquals(nobody, p2pkhAddress(network, new Uint8Array(20)));
  assertEquals((await read({ host: "0.0.0.0" })).mine, undefined);
  assertEquals((await read({ "hathor-mine": "off" })).mine, undefined);
  assertEquals((await read({ "hathor-mine": "7", host: "0.0.0.0" })).mine?.everyMs, 7_000);
  const plain = await read({ "hathor-test-mode": "off" });
  assertEquals(plain.network.testMode, { transactions: false, blocks: false });
});

Deno.test("another network is mined where that is asked for, and costs what it costs", async () => {
  const { network, mine } = await read({ "hathor-network": "testnet-india" });
  assertEquals([network.name, network.testMode.blocks, mine], ["testnet-india", false, undefined]);
  const address = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
  const given = { "hathor-network": "testnet-india", "hathor-mine": "on" };
  const asked = await read({ ...given, "hathor-mine-address": address });
  assertEquals(asked.mine && addressOfScript(network, asked.mine.script), address);
});

Deno.test("a network that others keep is one's own where it is mined, or in test mode", async () => {
  const isShared = async (given: Readonly<Record<string, string>>) =>
    (await read({ "hathor-network": "mainnet", ...given })).network.isShared;
  assertEquals(await isShared({}), true);
  assertEquals(await isShared({ "hathor-mine": "off" }), true);
  assertEquals(await isShared({ "hathor-mine": "on" }), false);
  assertEquals(await isShared({ "hathor-test-mode": "on" }), false);
});

Deno.test("broadcasts are held back where that is asked for", async () => {
  assertEquals((await read()).isThrottled, false);
  assertEquals((await read({ "hathor-throttle": "true" })).isThrottled, true);
});

Deno.test("a network may be a file that names what it changes", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "mine.yml");
    await Deno.writeTextFile(file, "extends: privatenet\nREWARD_SPEND_MIN_BLOCKS: 3\n");
    const { network } = await read({ "hathor-network": file });
    assertEquals([network.name, network.rewardSpendMinBlocks], ["privatenet", 3]);
  });
});

Deno.test("settings that make no sense together are named", async () => {
  const wrong = [
    { "hathor-network": "nope" },
    { "hathor-network": "/nowhere/at-all.yml" },
    { "hathor-wallet-xpub": "xpub-that-is-none" },
    { "hathor-mine-address": "abc" },
    { "hathor-mine-address": "HVZjvL1FJ23kH3buGNuttVRsRKq66WHXXX" },
  ];
  for (const given of wrong) {
    const { code, message } = await assertRejects(() => read(given), LedgerError);
    assertEquals(code, "config_invalid");
    // It may be a private key.
    assertEquals(message.includes("xpub-that"), false);
  }
});

Deno.test("nothing is mined or spent here where a node is followed", async () => {
  const base = "http://node:8080/v1a/";
  assertEquals((await read()).isFollowing, false);
  const { isFollowing, mine } = await read({ "hathor-follow": base });
  assertEquals([isFollowing, mine], [true, undefined]);
  for (const more of [{ "hathor-mine": "on" }, { "hathor-stratum-port": "8000" }]) {
    await assertRejects(() => read({ "hathor-follow": base, ...more }), LedgerError);
  }
});
