import { assert } from "@std/assert";
import type { PyObject } from "../../src/python/json.ts";
import { Person } from "../ledgers/shared_bigchaindb/builder.ts";
import { assertFollowed, FAMILY, heightOf } from "../ledgers/shared_bigchaindb/followed.ts";
import { LedgerApi } from "../ledgers/shared_bigchaindb/ledger_api.ts";
import { assertChainsFollowed } from "../ledgers/hierachain/followed.ts";
import { amount, figure } from "../support/amounts.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { until, within } from "../support/until.ts";

/** How often either side is killed: few times by default, fifty in a full run. */
const ROUNDS = amount("LEDGER_FOLLOW_KILL_ROUNDS", 4);

/**
 * Kills a node and what follows it by turns, while `write` goes on again and again, and holds one to
 * the other then.
 */
async function kills(
  ledger: string,
  write: (node: string, gateway: () => string, n: number) => Promise<void>,
  check: (node: string, gateway: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const port = freePort();
    const startNode = () => ServerProcess.start([`--store=${folder}/node.db`, `--port=${port}`]);
    let node = await startNode();
    const there = `${node.origin("main")}/${ledger}`;
    const startGateway = () =>
      ServerProcess.start([`--store=${folder}/gateway.db`, `--${ledger}-follow=${there}`]);
    let gateway = await startGateway();
    const here = () => `${gateway.origin("main")}/${ledger}`;
    let written = 0;
    let isOver = false;
    const writer = (async () => {
      for (let n = 0; !isOver; n++) {
        try {
          await write(there, here, n);
          written++;
        } catch {
          // Either was killed: it comes back.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    })();
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const before = written;
        await until("more is written", () => written >= before + 15 + round % 7);
        if (round % 2 === 0) {
          await gateway.kill();
          gateway = await startGateway();
        } else {
          await node.kill();
          node = await startNode();
        }
      }
      const before = written;
      await until("more is written", () => written >= before + 15);
    } finally {
      isOver = true;
      await within("the writer ends", writer);
    }
    try {
      await check(there, here());
      const main = gateway.origin("main");
      const chain = encodeURIComponent(
        ledger === "hierachain" ? "hierachain/c" : `${ledger}/chain`,
      );
      const answer = await fetch(`${main}/v1/chains/${chain}/verify`, { method: "POST" });
      const text = await answer.text();
      assert(text.includes('"ok":true'), text);
      figure("kills", ROUNDS);
      figure("written", written);
    } finally {
      await gateway.kill();
      await node.kill();
    }
  });
}

for (const family of FAMILY) {
  Deno.test(`${family.name}: what follows a node has each of its blocks once after ${ROUNDS} kills of either`, async () => {
    const alice = new Person("alice");
    const bob = new Person("bob");
    const posted: PyObject[] = [];
    await kills(
      family.name,
      async (node, gateway, n) => {
        const made = family.create(alice, `first-${n}`);
        // What was answered is there; what was not may be.
        const { status } = await new LedgerApi(n % 2 === 0 ? node : gateway()).post(made);
        assert(status === 202, `${status}`);
        posted.push(made);
        const moved = family.transfer(alice, made, bob);
        if ((await new LedgerApi(node).post(moved)).status === 202) posted.push(moved);
      },
      async (node, gateway) => {
        await until("it has all", async () => await heightOf(gateway) === await heightOf(node));
        await assertFollowed(family, node, gateway, [alice, bob], posted.slice(-30));
      },
    );
  });
}

Deno.test(`hierachain: what follows a node has each of its blocks once after ${ROUNDS} kills of either`, async () => {
  await kills(
    "hierachain",
    async (node, gateway, n) => {
      const through = new HieraChainApi(n % 2 === 0 ? node : gateway());
      if (n % 10 === 0) await through.post("/api/ledger/chains/c/create");
      await through.append("c", { entity_id: `E-${n % 5}`, event_type: "made", details: { n } });
    },
    (node, gateway) =>
      assertChainsFollowed(new HieraChainApi(node), new HieraChainApi(gateway), ["E-0", "E-3"]),
  );
});
