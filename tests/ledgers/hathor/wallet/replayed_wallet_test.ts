import { assert, assertEquals } from "@std/assert";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";
import { type HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { NOW } from "../support/test_node.ts";
import { vertexOf } from "../support/vectors.ts";

/** What hathor-core's own tests of its wallet's routes ask (hathor_tests/resources/wallet). */

const WORDS = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const OTHER = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
const REWARD = 6400;

async function replayed(body: (api: HathorApi, clock: SteppedClock) => Promise<void>) {
  const clock = new SteppedClock(NOW);
  await withHathor((api) => body(api, clock), {
    flags: [`--hathor-wallet-words=${WORDS}`],
    clock,
  });
}

/** Mines as the tests do: the block that the node gives, for its own wallet. */
async function mine(api: HathorApi): Promise<void> {
  const { block_bytes: bytes } = await api.get("/v1a/mining");
  const plain = vertexOf(Uint8Array.fromBase64(bytes).toHex());
  assert(plain.version === 0);
  let nonce = 0n;
  await until("a nonce is found", async () => {
    const block_bytes = encodeVertex({ ...plain, nonce: nonce++ }).toBase64();
    const { text } = await api.send("POST", "/v1a/mining", { block_bytes });
    return text === "1";
  });
}

const send = (api: HathorApi, data: object) => api.post("/v1a/wallet/send_tokens", { data });

Deno.test("the tests of balance, history and address pass", async () => {
  await replayed(async (api) => {
    const balance = async () => (await api.get("/v1a/wallet/balance")).balance;
    assertEquals(await balance(), { available: 0, locked: 0 });
    await mine(api);
    assertEquals(await balance(), { available: REWARD, locked: 0 });
    const { history, total_pages } = await api.get("/v1a/wallet/history?page=1&count=10");
    assertEquals([history.length, total_pages], [1, 1]);
    const address = async (query: string) => (await api.get(`/v1a/wallet/address${query}`)).address;
    const first = await address("?new=true");
    assertEquals([await address("?new=false"), await address("")], [first, first]);
    assert(await address("?new=true") !== first);
  });
});

Deno.test("the test of sending tokens passes", async () => {
  await replayed(async (api, clock) => {
    await mine(api);
    await mineTo(api, OTHER);
    clock.time += 10_000;
    const outputs = (value: number, more = {}) => [{ address: OTHER, value, ...more }];
    assertEquals((await send(api, { outputs: outputs(505), inputs: [] })).success, true);
    clock.time += 10_000;
    assertEquals((await api.get("/v1a/wallet/balance")).balance.available, REWARD - 505);
    const { history } = await api.get("/v1a/wallet/history?page=1&count=10");
    const input = { tx_id: history[0].tx_id, index: 0 };
    for (
      const data of [
        { outputs: outputs(500), inputs: [input] },
        { outputs: outputs(19_000), inputs: [input, input] },
        { outputs: [{ address: "1234", value: 500 }], inputs: [] },
        { outputs: outputs(5_000_000), inputs: [] },
      ]
    ) assertEquals((await send(api, data)).success, false, JSON.stringify(data));
    const right = { outputs: outputs(REWARD - 505), inputs: [input] };
    assertEquals((await send(api, right)).success, true);
    await mine(api);
    await mine(api);
    await mineTo(api, OTHER);
    clock.time += 10_000;
    for (
      const data of [
        { outputs: outputs(505, { timelock: 1542995660 }), inputs: [] },
        { outputs: outputs(5), inputs: [], timestamp: Math.floor(clock.time / 1_000) },
        { outputs: outputs(5), inputs: [], timestamp: 0 },
      ]
    ) {
      assertEquals((await send(api, data)).message, "", JSON.stringify(data));
      clock.time += 5_000;
    }
    const light = await send(api, { outputs: outputs(505), inputs: [], weight: 0.5 });
    assertEquals(light.success, false);
    assert(light.message.includes("smaller than the minimum weight"), light.message);
  });
});

Deno.test("the test of locking passes, and that of unlocking but for words that are made up", async () => {
  await replayed(async (api) => {
    const locked = async () => (await api.get("/v1a/wallet/state")).is_locked;
    const ask = async (path: string, body?: object) =>
      (await api.post(`/v1a/wallet/${path}`, body)).success;
    assertEquals(await locked(), false);
    assertEquals([await ask("lock"), await locked()], [true, true]);
    assertEquals(await ask("unlock", { words: "abc def", passphrase: "" }), false);
    assertEquals([await ask("unlock", { passphrase: "" }), await locked()], [false, true]);
    assertEquals([await ask("unlock", { words: WORDS, passphrase: "" }), await locked()], [
      true,
      false,
    ]);
    for (const path of ["lock", "unlock", "send_tokens"]) {
      assertEquals((await api.send("OPTIONS", `/v1a/wallet/${path}`)).status, 200);
    }
  });
});
