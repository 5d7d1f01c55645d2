/** What is damaged says so to whoever asks for it, in its ledger's own form, and stops nothing else. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import { keyProjection, KEYS_CHAIN } from "../../../src/server/keys/stored_key.ts";
import { run } from "../../support/command_line.ts";
import { copyOldStore, copyTakenOver, flipBit, type MadeStore } from "../../support/old_store.ts";
import { untilReady } from "../../support/ready.ts";
import { type ServerProcess, withFolder, withProcess } from "../../support/server.ts";

async function answersOf(server: ServerProcess, { answers, key }: MadeStore, shown = key) {
  const found: [path: string, status: number, text: string, wanted: boolean][] = [];
  for (const [path, wanted] of Object.entries(answers)) {
    const response = await fetch(server.origin("main") + path, {
      headers: { authorization: `Bearer ${shown}` },
    });
    const text = await response.text();
    found.push([
      path,
      response.status,
      text,
      response.status === wanted.status && text === wanted.text,
    ]);
  }
  return found;
}

/** The beginning of the paths that lead to a chain, and how its ledger says that it is damaged. */
const FORMS: readonly [chain: string, path: string, form: RegExp][] = [
  [
    "hathor/privatenet",
    "/hathor/",
    /^\{"success":false,"message":"The head of hathor\/privatenet is damaged/,
  ],
  [
    "hierachain/supply",
    "/hierachain/api/ledger/chains/supply",
    /^\{"error":"HTTP error","message":"The head of/,
  ],
  [
    "bigchaindb/chain",
    "/bigchaindb/",
    /^\{"message":"The head of bigchaindb\/chain is damaged.*"status":500\}/,
  ],
  [
    "planetmint/chain",
    "/planetmint/",
    /^\{"message":"The head of planetmint\/chain is damaged.*"status":500\}/,
  ],
  [
    "streams/numbers",
    "/v1/stream/numbers",
    /"code":"damaged","detail":"The head of streams\/numbers/,
  ],
];

/** HieraChain's list of chains says of each whether it is damaged. */
function isListOfDamaged(path: string, status: number, text: string): boolean {
  return path === "/hierachain/api/ledger/chains" && status === 200 &&
    text.includes(
      '"name":"supply","type":"sub","block_count":0,"latest_block_hash":null,"damaged":true',
    );
}

Deno.test("heads that cannot be read stop no other chain, are named, and are told by their ledgers", async () => {
  await withFolder(async (folder) => {
    const store = join(folder, "ledger.db");
    const made = await copyTakenOver("65711f9", store);
    for (const [chain] of FORMS) await flipBit(store, ["head", chain]);
    await flipBit(store, ["head", "hathor/__jobs/privatenet"]);
    await withProcess([`--store=${store}`], async (server) => {
      for (const [path, status, text, isRight] of await answersOf(server, made)) {
        const form = FORMS.find(([, prefix]) => path.startsWith(prefix));
        if (isListOfDamaged(path, status, text)) continue;
        // What else is told of all chains together needs the damaged ones as well.
        if (path.startsWith("/hierachain/api/ledger/") && form === undefined && !isRight) {
          assertEquals([path, status], [path, 500]);
          continue;
        }
        const isOpen = path.endsWith("/blocks/latest") && status === 404;
        if (form === undefined || isOpen) assert(isRight, `${path}: ${status} ${text}`);
        else assert(status === 500 && form[2].test(text), `${path}: ${status} ${text}`);
      }
      await untilReady(server.origin("main"));
      const env = { LEDGER_URL: server.origin("main"), LEDGER_KEY: made.key };
      const list = await run(["chains"], { env });
      assertEquals(list.code, 0);
      for (const [chain] of FORMS) {
        assert(list.stdout.includes(`The head of ${chain} is damaged`), list.stdout);
        const verified = await run(["verify", chain, "hierachain/parts"], { env });
        assertEquals([verified.code, verified.stdout.split("\n")], [3, [
          `${chain}: damaged at offset 0: The head of ${chain} is damaged: its checksum does not match`,
          "hierachain/parts: ok, 8 events in 3 commits, 7 rows",
          "",
        ]]);
      }
    });
  });
});

Deno.test("heads of 0.1.0 that the store cannot even decode are told by their ledgers as well", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    const made = await copyOldStore("65711f9", path);
    const chains = ["hierachain/supply", "streams/numbers", "planetmint/chain"];
    for (const chain of chains) breakHead(path, chain);
    await withProcess([`--store=${path}`], async (server) => {
      const wrong = (await answersOf(server, made)).filter(([, , , isRight]) => !isRight);
      assert(wrong.length > 15);
      for (const [path, status, text] of wrong) {
        if (isListOfDamaged(path, status, text)) continue;
        assert(
          status === 500 && /The head of \S+ is damaged: could not des/.test(text),
          `${path}: ${text}`,
        );
        assert(
          chains.some((chain) => text.includes(`The head of ${chain} is`)),
          `${path}: ${text}`,
        );
      }
      const env = { LEDGER_URL: server.origin("main"), LEDGER_KEY: made.key };
      const { code, stdout } = await run(["verify"], { env });
      assertEquals(
        [code, stdout.match(/damaged at offset 0: The head of/g)?.length],
        [3, 3],
        stdout,
      );
    });
  });
});

/** Makes the stored form of a head one that the runtime cannot decode. */
function breakHead(path: string, chain: string): void {
  const db = new DatabaseSync(path);
  // Texts of a key are each a 2, the text and a 0.
  const key = new TextEncoder().encode(`\u0002head\0\u0002${chain}\0`);
  const { changes } = db.prepare("update kv set v = ? where k = ?").run(
    new Uint8Array([255, 16, 3]),
    key,
  );
  db.close();
  assertEquals(changes, 1);
}

Deno.test("keys that cannot be read let nobody in, but for those that are listed", async () => {
  await withFolder(async (folder) => {
    const store = join(folder, "ledger.db");
    const made = await copyTakenOver("65711f9", store);
    await flipBit(store, ["head", "ledgerline/keys"]);
    const listed = "listed-key-of-an-operator-0123456789";
    await withProcess([`--store=${store}`], async (server) => {
      for (const shown of [made.key, "", "no-key-at-all"]) {
        const answers = await answersOf(server, made, shown);
        const open = new Set(answers.filter(([, status]) => status === 401).map(([path]) => path));
        assert(open.size > 70, `${answers.length - open.size} answers to ${shown || "nobody"}`);
      }
    });
    await withProcess([`--store=${store}`, `--api-keys=${listed}`], async (server) => {
      const answers = await answersOf(server, made, listed);
      const wrong = answers.filter(([, , , isRight]) => !isRight).map(([path]) => path);
      assertEquals(wrong, ["/v1/keys"]);
    });
  });
});

Deno.test("an event of keys that says nothing lets nobody in after it, and leaves nobody waiting", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    const made = await copyTakenOver("65711f9", path);
    const store = await openStore(path);
    const log = new Log(store, {
      projectionOf: () => ({ version: keyProjection.version, apply() {} }),
    });
    // Made by no program: an append of these is refused.
    const chain = log.chain(KEYS_CHAIN);
    const at = await chain.append([{ type: "key_created", keys: ["x"], data: "{}" }]);
    await log.close();
    store.close();
    const listed = "listed-key-of-an-operator-0123456789";
    await withProcess([`--store=${path}`, `--api-keys=${listed}`], async (server) => {
      assertEquals((await answersOf(server, made)).filter(([, , , isRight]) => !isRight), []);
      const response = await fetch(`${server.origin("main")}/v1/keys`, {
        method: "POST",
        headers: { authorization: `Bearer ${listed}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "one more" }),
      });
      const { code, detail } = await response.json();
      assertEquals([response.status, code], [500, "damaged"]);
      assertStringIncludes(detail, `The log of ${KEYS_CHAIN} is damaged at offset ${at.first}`);
    });
  });
});

Deno.test("a signing key that is damaged stops its ledger alone", async () => {
  await withFolder(async (folder) => {
    const store = join(folder, "ledger.db");
    const made = await copyTakenOver("65711f9", store);
    await flipBit(store, ["kept", "hierachain", "authority"]);
    await withProcess([`--store=${store}`], async (server) => {
      for (const [path, status, text, isRight] of await answersOf(server, made)) {
        if (!path.startsWith("/hierachain/")) assert(isRight, `${path}: ${status} ${text}`);
        else assert(status === 500 && text.includes('"code":"damaged"'), `${path}: ${text}`);
      }
    });
  });
});
