import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { type HathorApi, MinerClient, withHathor } from "../support/hathor_api.ts";
import { mined } from "../support/template_blocks.ts";
import { hexOf, spending } from "../support/unmined.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The longest that a block may come after the one before it, as templates have it. */
const BLOCK_DISTANCE = 4_499;

/** The machine's clock, so many seconds wrong. */
class WrongClock implements Clock {
  wrongBy = 0;

  now(): number {
    return Date.now() + 1_000 * this.wrongBy;
  }

  after(ms: number, task: () => void): () => void {
    // Waits are a tenth as long.
    return systemClock.after(ms / 10, task);
  }
}

/** Has a transaction of now mined and pushed; returns its hash. */
async function push(api: HathorApi, clock: WrongClock): Promise<string> {
  const timestamp = Math.floor(clock.now() / 1_000);
  const tx = { ...spending(), timestamp };
  const { job_id: id } = await api.post("/tx-mining/submit-job", {
    tx: hexOf(tx),
    add_parents: true,
  });
  const { nonce, parents, timestamp: mined } = await until("the job is done", async () => {
    const job = await api.get(`/tx-mining/job-status?job-id=${id}`);
    return job.status === "done" && job.tx;
  });
  const whole = { ...tx, nonce: Number(`0x${nonce}`), parents, timestamp: mined };
  const { success, message, tx: told } = await api.post("/v1a/push_tx", { hex_tx: hexOf(whole) });
  assertEquals([success, message], [true, ""]);
  return told.hash;
}

async function height(api: HathorApi): Promise<number> {
  return (await api.get("/v1a/status")).dag.best_block.height;
}

/** Waits until a transaction is confirmed; returns the height of its block. */
async function confirmed(api: HathorApi, hash: string): Promise<number> {
  return await until("it is confirmed", async () => {
    const { meta } = await api.get(`/v1a/transaction?id=${hash}`);
    return meta.first_block_height ?? false;
  });
}

/** Asserts that it took no more blocks than there have to be to get to now. */
function assertCaughtUp(before: number, after: number, seconds: number): void {
  const needed = Math.floor(seconds / BLOCK_DISTANCE);
  const taken = after - before;
  assert(taken >= needed && taken <= needed + 2, `${taken} blocks for ${seconds} seconds`);
}

for (
  const [name, seconds] of Object.entries({
    "two hours": 2 * HOUR,
    "a day": DAY,
    "three days": 3 * DAY,
    "a month": 30 * DAY,
  })
) {
  Deno.test(`a node that was off for ${name} catches up and confirms`, async () => {
    await withFolder(async (folder) => {
      const clock = new WrongClock();
      const flags = [`--store=${join(folder, "log.db")}`, "--hathor-mine=auto"];
      let before = 0;
      await withHathor(async (api) => {
        before = await height(api);
      }, { flags, clock });
      clock.wrongBy += seconds;
      await withHathor(async (api) => {
        // Nothing waits, and nothing is mined.
        assertEquals(await height(api), before);
        assertCaughtUp(before, await confirmed(api, await push(api, clock)), seconds);
      }, { flags, clock });
    });
  });
}

Deno.test("what waited when the node went off is confirmed when it is back", async () => {
  await withFolder(async (folder) => {
    const clock = new WrongClock();
    const flags = [`--store=${join(folder, "log.db")}`];
    let hash = "";
    await withHathor(async (api) => {
      await until("the genesis can be spent", async () => await height(api) > 0);
    }, { flags: [...flags, "--hathor-mine=auto"], clock });
    await withHathor(async (api) => {
      hash = await push(api, clock);
    }, { flags, clock });
    clock.wrongBy += 3 * DAY;
    await withHathor(async (api) => {
      const before = await height(api);
      assert(await confirmed(api, hash) <= before + 2);
    }, { flags: [...flags, "--hathor-mine=auto"], clock });
  });
});

Deno.test("a clock that is set forward or back while the node runs stops nothing for good", async () => {
  const clock = new WrongClock();
  await withHathor(async (api) => {
    clock.wrongBy += 2 * DAY;
    const before = await height(api);
    assertCaughtUp(before, await confirmed(api, await push(api, clock)), 2 * DAY);
    // The chain is ahead of the clock now: there is no block until it is right again.
    clock.wrongBy -= HOUR;
    assertEquals((await api.get("/v1a/get_block_template", 503)).error.slice(0, 9), "Unable to");
    assertEquals((await api.get("/v1a/health")).status, "pass");
    clock.wrongBy += HOUR;
    await api.get("/v1a/get_block_template");
  }, { flags: ["--hathor-mine=auto"], clock });
});

Deno.test("miners of others catch up by the templates they are given", async () => {
  const clock = new WrongClock();
  await withHathor(async (api) => {
    clock.wrongBy += DAY;
    const now = Math.floor(clock.now() / 1_000);
    const { timestamp, parents } = await api.get("/v1a/get_block_template");
    const { tx: parent } = await api.get(`/v1a/transaction?id=${parents[0]}`);
    assertEquals(timestamp, parent.timestamp + BLOCK_DISTANCE);
    const { block_bytes: bytes } = await api.get("/v1a/mining");
    assertEquals(timestampIn(bytes), timestamp);
    assert(timestamp < now);
  }, { flags: ["--hathor-mine=auto"], clock });
});

Deno.test("a miner that mines when it is told to catches up, as a push is told on an old chain", async () => {
  const clock = new WrongClock();
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin);
    const mine = async (id: string) => {
      const { params: [template] } = await miner.next();
      const { result } = await miner.ask(id, "mining.submit", [mined(template)]);
      assertEquals(result, true);
    };
    await mine("first");
    // Told after its own block: nothing waits, so it is not mined.
    const { method } = await miner.next();
    assertEquals(method, "mining.notify");
    clock.wrongBy += DAY;
    const hash = await push(api, clock);
    const before = await height(api);
    for (let at = before;; at++) {
      await mine(`${at}`);
      const { meta } = await api.get(`/v1a/transaction?id=${hash}`);
      if (meta.first_block_height === null) continue;
      assertCaughtUp(before, meta.first_block_height, DAY);
      break;
    }
    await miner.close();
  }, { clock });
});

/** Timestamp of a block in base64 with one output of an empty script: after funds and weight. */
function timestampIn(base64: string): number {
  const bytes = Uint8Array.fromBase64(base64);
  return new DataView(bytes.buffer).getUint32(3 + 4 + 1 + 2 + 8);
}
