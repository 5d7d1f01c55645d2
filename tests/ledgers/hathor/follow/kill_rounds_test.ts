import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { amount, figure } from "../../../support/amounts.ts";
import { Prng } from "../../../support/prng.ts";
import { freePort } from "../../../support/ports.ts";
import { ServerProcess, withFolder } from "../../../support/server.ts";
import { until, within } from "../../../support/until.ts";
import { followFlag } from "../support/gateway.ts";
import { HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { recordedNetwork } from "../support/recordings.ts";
import { ScriptedNode } from "../support/scripted_node.ts";

const MINER = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";

const eventsForm = z.object({
  latest_event_id: z.number(),
  events: z.array(z.object({ id: z.number(), data: z.object({ hash: z.string().optional() }) })),
});

/** More would be later than a node takes. */
const MOST_BLOCKS = 200;

/** The events of a node so far, each as it tells it. */
async function eventsOf(api: HathorApi): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const after = texts.length === 0 ? "" : `?last_ack_event_id=${texts.length - 1}`;
    const { text } = await api.send("GET", `/v1a/event${after}`);
    const { events } = eventsForm.parse(JSON.parse(text));
    if (events.length === 0) return texts;
    for (const { id } of events) {
      const begin = text.indexOf(`{"id":${id},`);
      const next = text.indexOf(`,{"id":${id + 1},`, begin);
      texts.push(text.slice(begin, next < 0 ? text.lastIndexOf("]") : next));
    }
  }
}

/** What a network of a few blocks tells, and its vertices. */
async function blocksTold(count: number): Promise<ScriptedNode> {
  const node = new ScriptedNode(recordedNetwork());
  await withHathor(async (api) => {
    for (let n = 0; n < count; n++) await mineTo(api, MINER);
    node.events = await eventsOf(api);
  });
  return node;
}

/** The id of the last event. */
async function latestOf(api: HathorApi): Promise<number> {
  return eventsForm.parse(await api.get("/v1a/event?size=0")).latest_event_id;
}

/** Asserts that a store whose server has ended holds what it should. */
async function assertSound(store: string): Promise<void> {
  const { code, stdout } = await ServerProcess.run(["verify", "--rows", store]).ended();
  assertEquals(code, 0, stdout);
}

Deno.test("however often a gateway is killed it has each event once, as its node tells it", async () => {
  const rounds = amount("LEDGER_FOLLOW_KILLS", 3);
  const prng = new Prng(5);
  const node = await blocksTold(MOST_BLOCKS);
  const { events } = node;
  const step = Math.floor((events.length - 10) / (rounds + 1));
  try {
    await withFolder(async (folder) => {
      const flags = [`--store=${join(folder, "gateway.db")}`, "--hathor-port=0"];
      const started = async () => {
        const server = await ServerProcess.start([...flags, followFlag(node.origin)]);
        return { server, api: new HathorApi(server.origin("hathor")) };
      };
      node.events = events.slice(0, 10);
      for (let round = 0; round < rounds; round++) {
        const { server, api } = await started();
        const known = node.events.length;
        const wanted = known + prng.below(step);
        // Events come one after another while it is killed.
        const telling = (async () => {
          for (let id = known; id < known + step; id++) {
            node.push(...events.slice(id, id + 1));
            if (id % 7 === 0) node.drop();
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
        })();
        await until("it has some of them", async () => await latestOf(api) >= wanted - 1);
        await server.kill();
        await telling;
      }
      node.push(...events.slice(node.events.length));
      const { server, api } = await started();
      await until("it has all", async () => await latestOf(api) === events.length - 1);
      assertEquals(await eventsOf(api), events);
      await server.stop();
      await assertSound(`--store=${join(folder, "gateway.db")}`);
    });
  } finally {
    await node.close();
  }
});

Deno.test("however often a node or its gateway is killed while blocks come, both tell the same, each once", async () => {
  const rounds = amount("LEDGER_FOLLOW_KILLS", 4);
  await withFolder(async (folder) => {
    const [nodePort, gatewayPort] = [freePort(), freePort()];
    const store = (name: string) => `--store=${join(folder, `${name}.db`)}`;
    const startNode = () =>
      ServerProcess.start([store("node"), `--hathor-port=${nodePort}`, "--hathor-mine=off"]);
    const node = new HathorApi(`http://127.0.0.1:${nodePort}`);
    const gateway = new HathorApi(`http://127.0.0.1:${gatewayPort}`);
    const startGateway = () =>
      ServerProcess.start([
        store("gateway"),
        `--hathor-port=${gatewayPort}`,
        followFlag(node.origin),
      ]);
    const running = { node: await startNode(), gateway: await startGateway() };
    let mined = 0;
    let most = 0;
    let isOver = false;
    const miner = (async () => {
      for (let n = 0; !isOver; n++) {
        try {
          if (mined < most) {
            await mineTo(n % 2 === 0 ? node : gateway, MINER);
            mined++;
            continue;
          }
        } catch {
          // Either was killed: it comes back.
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    try {
      for (let round = 0; round < rounds; round++) {
        most += MOST_BLOCKS / 50;
        const wanted = mined + 1 + round % 2;
        await until("more is mined", () => mined >= Math.min(most, wanted));
        if (round % 2 === 0) {
          await running.gateway.kill();
          running.gateway = await startGateway();
        } else {
          await running.node.kill();
          running.node = await startNode();
        }
      }
    } finally {
      isOver = true;
      await within("the miner ends", miner);
    }
    try {
      await until("the gateway has it all", async () => (
        await latestOf(gateway) === await latestOf(node)
      ));
      assertEquals(await eventsOf(gateway), await eventsOf(node));
      figure("kills", rounds);
      figure("blocks", mined);
    } finally {
      await running.gateway.stop();
      await running.node.stop();
    }
    await assertSound(store("gateway"));
  });
});
