/** Stores that earlier programs wrote, opened by this one: see `tests/vectors/stores`. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { HathorApi, mineTo } from "../ledgers/hathor/support/hathor_api.ts";
import { Person } from "../ledgers/shared_bigchaindb/builder.ts";
import { create } from "../ledgers/shared_bigchaindb/ledger_api.ts";
import { runWell } from "../support/command_line.ts";
import { copyOldStore, type MadeStore, oldStores } from "../support/old_store.ts";
import { type ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { VALIDATOR } from "../vectors/stores/drive.ts";
import { heard } from "../vectors/stores/questions.ts";
import { ask, asked, open, show, until } from "../vectors/stores/talk.ts";
import { writeSpacedAsciiJson } from "../../src/python/json_write.ts";

for (const name of oldStores()) {
  Deno.test(`the store of ${name} is answered from and goes on as if this program had written it`, async () => {
    await withFolder(async (folder) => {
      const store = join(folder, "ledger.db");
      const made = await copyOldStore(name, store);
      const flags = [`--store=${store}`, `--bigchaindb-validators=${VALIDATOR.publicKey}:10`];
      show(made.key);
      // Twice: the second start has nothing to make anew.
      for (const isUpgraded of [false, true]) {
        await withProcess(flags, async (server) => {
          const upgrades = server.lines().filter(({ msg }) => msg.startsWith("upgrading"));
          assertEquals(upgrades.length > 0, !isUpgraded);
          const answers = isUpgraded ? onceAsked(made.answers) : made.answers;
          await checkAnswers(server.origin("main"), { ...made, answers });
        });
      }
      await withProcess(flags, (server) => goesOn(server, made));
      const verified = await runWell(["verify", "--rows", `--store=${store}`]);
      assert(verified.trim().split("\n").every((line) => / ok, \d+ events/.test(line)), verified);
    });
  });
}

/** The answers once all of them were given: a work that was added up for one is told by another. */
function onceAsked(answers: MadeStore["answers"]): MadeStore["answers"] {
  const asked = Object.entries(answers).find(([path]) => path.includes("transaction_acc_weight"));
  const [path = "", { text } = { text: "" }] = asked ?? [];
  const works = [/"accumulated_weight_raw":"\d+"/, /"accumulated_weight":[\d.]+/];
  const later = path.replace("transaction_acc_weight", "transaction");
  const before = answers[later];
  assert(before !== undefined);
  const told = works.reduce(
    (so, work) => so.replace(work, work.exec(text)?.[0] ?? ""),
    before.text,
  );
  return { ...answers, [later]: { ...before, text: told } };
}

async function checkAnswers(origin: string, { key, answers, counts, sockets }: MadeStore) {
  for (const [path, wanted] of Object.entries(answers)) {
    const response = await fetch(origin + path, { headers: { authorization: `Bearer ${key}` } });
    const got = { status: response.status, text: await response.text() };
    assertEquals([path, got], [path, wanted]);
  }
  assertEquals(await heard(origin, counts), sockets);
}

/** Each ledger takes what comes next. */
async function goesOn(server: ServerProcess, { key, known }: MadeStore): Promise<void> {
  const origin = server.origin("main");
  const status = async () =>
    (await asked(origin, "GET", "/hathor/v1a/status")).dag.best_block.height;
  const height = await status();
  assert(height >= 5);
  await mineTo(new KeyedNode(`${origin}/hathor`, key), known.hathor.one ?? "");
  assertEquals(await status(), height + 1);

  const events = "/hierachain/api/ledger/chains/supply";
  const { total_blocks: blocks } = await asked(origin, "GET", `${events}/stats`);
  await ask(origin, "POST", `${events}/events`, {
    entity_id: "E-3",
    event_type: "made",
    details: { number: 61 },
  });
  await until(
    "the block is closed",
    async () => (await asked(origin, "GET", `${events}/stats`)).total_blocks === blocks + 1,
  );

  const alice = new Person("alice");
  const tx = create(alice, { words: "a third thing" });
  const path = "/bigchaindb/api/v1/transactions?mode=commit";
  await ask(origin, "POST", path, writeSpacedAsciiJson(tx), 202);
  await ask(origin, "GET", "/bigchaindb/api/v1/blocks/7");

  const produced = (seq: number, wanted: number) =>
    open(
      origin,
      "POST",
      "/v1/stream/produced",
      {
        "content-type": "application/json",
        "producer-id": "p",
        "producer-epoch": "0",
        "producer-seq": String(seq),
      },
      `[${seq}]`,
      wanted,
    );
  // What was appended before is known, and what follows it is taken.
  await produced(2, 204);
  await produced(3, 200);
  const { text } = await ask(origin, "GET", "/v1/stream/produced?offset=-1");
  assertEquals(text, "[0,1,2,3]");
}

/** A node that is shown a key. */
class KeyedNode extends HathorApi {
  readonly #key: string;

  constructor(origin: string, key: string) {
    super(origin);
    this.#key = key;
  }

  override send(method: string, path: string, body?: unknown) {
    return super.send(method, path, body, { authorization: `Bearer ${this.#key}` });
  }
}
