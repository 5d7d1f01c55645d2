import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { readHathorSettings } from "../../../../src/ledgers/hathor/settings.ts";
import { type HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";

/** The well-known words of the private network's genesis, whose own wallet is another one here. */
const WORDS = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
/** Its first address, as hathor-core's own wallet derives it. */
const FIRST = "WXkMhVgRVmTXTVh47wauPKm1xcrW8Qf3Vb";
const OTHER = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

async function withWallet(body: (api: HathorApi) => Promise<void>): Promise<void> {
  await withHathor(body, { flags: [`--hathor-wallet-words=${WORDS}`] });
}

const post = (api: HathorApi, path: string, body: object) => api.post(`/v1a/wallet/${path}`, body);

Deno.test("a node without a wallet has no routes of one", async () => {
  await withHathor(async (api) => {
    for (const path of ["balance", "history", "address", "sign_tx", "state"]) {
      const { status, text } = await api.send("GET", `/v1a/wallet/${path}`);
      assertEquals([status, text.includes("No Such Resource")], [404, true], path);
    }
    for (const path of ["send_tokens", "lock", "unlock"]) {
      assertEquals((await api.send("POST", `/v1a/wallet/${path}`, {})).status, 404, path);
    }
  });
});

Deno.test("the node's wallet is paid, tells what it has, and pays", async () => {
  await withWallet(async (api) => {
    assertEquals(await api.get("/v1a/wallet/state"), { is_locked: false, type: "hd" });
    assertEquals(await api.get("/v1a/wallet/address"), { address: FIRST });
    assertEquals(await api.get("/v1a/wallet/balance"), {
      success: true,
      balance: { locked: 0, available: 0 },
    });
    const data = { outputs: [{ address: OTHER, value: 505 }], inputs: [] };
    assertEquals(await post(api, "send_tokens", { data }), {
      success: false,
      message: "Insufficient funds, Requested amount: 505 / Available: 0",
    });

    await mineTo(api, FIRST);
    await mineTo(api, OTHER);
    assertEquals((await api.get("/v2/wallet/balance")).balance, { locked: 0, available: 6400 });
    const sent = await post(api, "send_tokens", { data });
    assertEquals([sent.success, sent.message], [true, ""]);
    assertEquals(sent.tx.outputs.map(({ value }: { value: number }) => value), [6400 - 505, 505]);
    assertEquals((await api.get("/v1a/wallet/balance")).balance.available, 6400 - 505);

    const { history, total_pages } = await api.get("/v1a/wallet/history?page=1&count=1");
    assertEquals([history.length, total_pages], [1, 2]);
    const { history: all } = await api.get("/v1a/wallet/history?page=1&count=10");
    const [change, spent] = all;
    assertEquals(Object.keys(change), [
      "timestamp",
      "tx_id",
      "index",
      "value",
      "address",
      "token_data",
      "voided",
      "timelock",
    ]);
    assertEquals([change.tx_id, change.index, change.value], [sent.tx.hash, 0, 6400 - 505]);
    assertEquals(Object.keys(spent), [
      "timestamp",
      "tx_id",
      "from_tx_id",
      "from_index",
      "value",
      "voided",
    ]);

    // The input is chosen, and there is too little of it: nothing is made of the rest.
    const given = { outputs: data.outputs, inputs: [{ tx_id: sent.tx.hash, index: 0 }] };
    const less = await post(api, "send_tokens", { data: given });
    assertEquals(less, {
      success: false,
      message: `There's an invalid deficit of HTR. (amount=${505 - 5895}, expected=0)`,
    });
    for (const inputs of [[{ tx_id: sent.tx.hash, index: 1 }], Array(2).fill(given.inputs[0])]) {
      assertEquals(await post(api, "send_tokens", { data: { ...given, inputs } }), {
        success: false,
        message: "Invalid input to create transaction",
      });
    }
    const exact = { ...given, outputs: [{ address: OTHER, value: "5895", timelock: 1 }] };
    assertEquals((await post(api, "send_tokens", { data: exact })).success, true);
    assertEquals((await api.get("/v1a/wallet/balance")).balance.available, 0);
    assertEquals(
      await post(api, "send_tokens", {
        data: { outputs: [{ address: "x", value: 1 }], inputs: [] },
      }),
      { success: false, message: "The address x is invalid" },
    );
  });
});

Deno.test("no output is spent by two of many payments at once", async () => {
  await withWallet(async (api) => {
    for (let block = 0; block < 3; block++) await mineTo(api, FIRST);
    await mineTo(api, OTHER);
    const data = { outputs: [{ address: OTHER, value: 6400 }], inputs: [] };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post(api, "send_tokens", { data })),
    );
    const sent = answers.filter(({ success }) => success);
    assertEquals(sent.length, 3, JSON.stringify(answers));
    const inputs = sent.map(({ tx }) => JSON.stringify(tx.inputs[0]));
    assertEquals(new Set(inputs).size, 3);
  });
});

Deno.test("an address is shown until it is used or another is asked for", async () => {
  await withWallet(async (api) => {
    const address = async (query = "") => (await api.get(`/v1a/wallet/address${query}`)).address;
    assertEquals([await address(), await address()], [FIRST, FIRST]);
    const second = await address("?new=true");
    assert(second !== FIRST);
    assertEquals(await address(), second);
    await mineTo(api, second);
    const third = await address();
    assert(third !== second && third !== FIRST);
    for (let more = 0; more < 40; more++) await address("?new=true");
    assertEquals(await address("?new=true"), await address());
  });
});

Deno.test("a transaction is signed as far as it spends from the wallet, and made ready", async () => {
  await withWallet(async (api) => {
    await mineTo(api, FIRST);
    const { hash } = (await api.get("/v1a/status")).dag.best_block;
    await mineTo(api, OTHER);
    const made = await api.post("/v1a/create_tx", {
      inputs: [{ tx_id: hash, index: 0 }],
      outputs: [{ address: OTHER, value: 6400 }],
    });
    const sign = (query: string) => api.get(`/v1a/wallet/sign_tx${query}`);
    assertEquals((await sign("")).message, "Missing parameter: hex_tx");
    for (const hex of ["zz", "0", "00"]) {
      assertEquals(await sign(`?hex_tx=${hex}`), {
        success: false,
        message: "Transaction invalid",
      });
    }
    const signed = await sign(`?hex_tx=${made.hex_data}`);
    assertEquals([signed.success, Object.keys(signed)], [true, ["hex_tx", "success"]]);
    assert(signed.hex_tx.length > made.hex_data.length);
    const ready = await sign(`?hex_tx=${made.hex_data}&prepare_to_send=true`);
    const pushed = await api.get(`/v1a/push_tx?hex_tx=${ready.hex_tx}`);
    assertEquals([pushed.success, pushed.message], [true, ""]);
  });
});

Deno.test("a wallet that is locked knows no keys, and its own words alone unlock it", async () => {
  await withWallet(async (api) => {
    assertEquals(await post(api, "lock", {}), { success: true });
    assertEquals((await api.get("/v1a/wallet/state")).is_locked, true);
    for (const path of ["balance", "address", "history?page=1&count=1", "sign_tx?hex_tx=00"]) {
      const { success } = await api.get(`/v1a/wallet/${path}`);
      assertEquals(success, false, path);
    }
    const wrong = { success: false, message: "Invalid words" };
    assertEquals(await post(api, "unlock", { passphrase: "" }), wrong);
    assertEquals(await post(api, "unlock", { passphrase: "x", words: WORDS }), wrong);
    assertEquals(
      await post(api, "unlock", { passphrase: "", words: WORDS.replace("level", "lend") }),
      wrong,
    );
    assertEquals(await post(api, "unlock", { password: "x" }), {
      message: "Invalid password",
      success: false,
    });
    assertEquals((await api.post("/v1a/wallet/unlock", {}, 400)).success, false);
    assertEquals((await api.get("/v1a/wallet/state")).is_locked, true);
    assertEquals(await post(api, "unlock", { passphrase: "", words: ` ${WORDS}\n` }), {
      success: true,
    });
    assertEquals(await api.get("/v1a/wallet/address"), { address: FIRST });
  });
});

Deno.test("words are a setting or a file, and no error repeats them", async () => {
  const settings = (more: object) => ({
    "hathor-network": "privatenet",
    "hathor-test-mode": "auto",
    "hathor-mine": "off",
    "hathor-mine-address": "",
    "hathor-wallet-xpub": "",
    "hathor-wallet-addresses": [],
    "hathor-wallet-words": "",
    "hathor-wallet-words-file": "",
    "hathor-wallet-passphrase": "",
    host: "localhost",
    ...more,
  });
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, `${WORDS.replaceAll(" ", "\n")}\n`);
    const { words, wallet } = await readHathorSettings(
      settings({ "hathor-wallet-words-file": file }),
    );
    assertEquals(words, { words: WORDS, passphrase: "" });
    assert(wallet?.xpub?.startsWith("xpub"));
    for (
      const more of [
        { "hathor-wallet-words": WORDS.replace("level", "lend") },
        { "hathor-wallet-words": WORDS, "hathor-wallet-words-file": file },
        { "hathor-wallet-words": WORDS, "allow-anonymous": true },
        { "hathor-wallet-words-file": `${file}.none` },
      ]
    ) {
      const error = await assertRejects(() => readHathorSettings(settings(more)), LedgerError);
      assertEquals(error.code, "config_invalid");
      assert(!error.message.includes("avocado"), error.message);
    }
  } finally {
    await Deno.remove(file);
  }
  assertEquals((await readHathorSettings(settings({}))).words, undefined);
});

Deno.test("no body makes the node's wallet fail", async () => {
  await withWallet(async (api) => {
    const odd = ["", "null", "5", "[]", '"x"', "{}", "NaN", "1e400", "9".repeat(5_000), '{"1":2}'];
    const good = { outputs: [{ address: OTHER, value: 1 }], inputs: [] };
    const parts = ["timestamp", "weight", "outputs", "inputs", "data", "words", "passphrase"];
    const bodies = [
      ...odd,
      ...parts.flatMap((part) =>
        odd.slice(1).flatMap((value) => [
          `{"passphrase":"","${part}":${value}}`,
          `{"data":${JSON.stringify(good).slice(0, -1)},"${part}":${value}}}`,
        ])
      ),
      ...["value", "timelock", "token_uid", "address"].flatMap((part) =>
        odd.slice(1).map((value) =>
          `{"data":{"inputs":[],"outputs":[{"address":"${OTHER}","value":1,"${part}":${value}}]}}`
        )
      ),
      ...[...odd.slice(1), "1.5", "-0.0"].flatMap((value) => [
        `{"data":{"inputs":[],"outputs":[${value}]}}`,
        `{"data":{"inputs":[${value}],"outputs":[]}}`,
      ]),
    ];
    for (const path of ["send_tokens", "unlock"]) {
      for (const body of bodies) {
        const answer = await fetch(`${api.origin}/v1a/wallet/${path}`, { method: "POST", body });
        const text = await answer.text();
        assert(answer.status < 500, `${path} ${body}: ${text}`);
        assert(JSON.parse(text).success !== undefined, text);
      }
    }
    for (const page of ["", "-1", "0", "9".repeat(5_000), "x"]) {
      await api.get(`/v1a/wallet/history?page=${page}&count=10`);
      await api.get(`/v1a/wallet/history?page=1&count=${page}`);
    }
  });
});
