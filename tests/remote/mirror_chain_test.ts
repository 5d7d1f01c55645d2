import { assertEquals } from "@std/assert";
import { EVENT_PATH, start } from "../ledgers/hathor/support/event_client.ts";
import { withGateway } from "../ledgers/hathor/support/gateway.ts";
import { HathorApi, MinerClient, mineTo } from "../ledgers/hathor/support/hathor_api.ts";
import { mineFirst } from "../ledgers/hathor/support/miner_blocks.ts";
import { FAMILY } from "../ledgers/shared_bigchaindb/followed.ts";
import { idOf, LedgerApi } from "../ledgers/shared_bigchaindb/ledger_api.ts";
import { alice } from "../ledgers/shared_bigchaindb/with_node.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { DENOKV_TOKEN, denokvTest, startDenokv } from "../support/denokv.ts";
import { withServer } from "../support/in_process.ts";
import { assertMirrored, remoteOf } from "../support/mirrors.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

/** An address of the network that tests are on. */
const ADDRESS = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";

for (const path of ["/v1a/mining_ws", "/v1a/mining", "/mining_ws"]) {
  Deno.test(`a miner at ${path} of a mirror mines for its remote`, async () => {
    await withServer(async ({ main: remote }) => {
      await withServer(async ({ main: mirror }) => {
        await assertMirrored(remote, mirror);
        const miner = await MinerClient.open(`${mirror}/hathor`, path);
        await mineFirst(miner, 5);
        await miner.close();
        const { dag } = await new HathorApi(`${remote}/hathor`).get("/v1a/status");
        assertEquals(dag.best_block.height, 5);
        await assertMirrored(remote, mirror);
      }, { flags: [`--follow=${remote}`] });
    }, { flags: ["--hathor-mine=off"] });
  });
}

Deno.test("a mirror of a gateway has the node's events and its stream, and mines and posts for the node", async () => {
  await withGateway(async (gateway, node, main) => {
    await withServer(async ({ main: mirror }) => {
      await assertMirrored(main, mirror);
      const through = new HathorApi(`${mirror}/hathor`);
      const latest = async (api: HathorApi) =>
        (await api.get("/v1a/event?size=1000")).latest_event_id;
      await mineTo(node, ADDRESS);
      // A template of before is of no use any more.
      await until("it has the block", async () => await latest(through) === await latest(node));
      await mineTo(through, ADDRESS);
      for (const api of [gateway, through]) {
        await until("it has all", async () => await latest(api) === await latest(node));
        assertEquals(
          (await api.send("GET", "/v1a/event?size=1000")).text,
          (await node.send("GET", "/v1a/event?size=1000")).text,
        );
      }
      const told = await Promise.all(
        [node, gateway, through].map(async ({ origin }) => {
          const socket = await ClientSocket.open(origin, EVENT_PATH);
          socket.send(start(1));
          const [event] = await until("an event", () => {
            const events = socket.of("EVENT");
            return events.length > 0 && events;
          });
          await socket.close();
          return [event?.peer_id, event?.stream_id, event?.event];
        }),
      );
      assertEquals(told[1], told[0]);
      assertEquals(told[2], told[0]);
      await assertMirrored(main, mirror);
    }, { flags: [`--follow=${main}`] });
  });
});

for (const family of FAMILY) {
  const { name } = family;
  Deno.test(`${name}: a mirror of a gateway, and a mirror of that, post to the node and have its blocks`, async () => {
    await withServer(async ({ main: node }) => {
      await withServer(async ({ main: gateway }) => {
        await withServer(async ({ main: mirror }) => {
          await withServer(async ({ main: second }) => {
            await assertMirrored(gateway, mirror);
            await assertMirrored(mirror, second);
            const made = family.create(alice, "first-0");
            const id = await new LedgerApi(`${second}/${name}`).accept(made);
            assertEquals(id, idOf(made));
            const path = `/api/v1/transactions/${id}`;
            // Who has posted with `mode=commit` finds it.
            const here = await new LedgerApi(`${second}/${name}`).text(path);
            assertEquals(here, await new LedgerApi(`${node}/${name}`).text(path));
            await assertMirrored(gateway, mirror);
            await assertMirrored(mirror, second);
          }, { flags: [`--follow=${mirror}`] });
        }, { flags: [`--follow=${gateway}`] });
      }, { flags: [`--${name}-follow=${node}/${name}`] });
    });
  });
}

denokvTest(
  "a mirror over denokv goes on where it was, as do two of them over one",
  async (program) => {
    await withFolder(async (folder) => {
      const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
      const variables = { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN };
      const remote = await ServerProcess.start([`--store=${folder}/remote.db`]);
      const origin = remote.origin("main");
      const startMirror = () =>
        ServerProcess.start([`--store=${denokv.url}`, `--follow=${origin}`], variables);
      const mirrors: ServerProcess[] = [];
      try {
        const streams = new StreamsApi(origin);
        for (const name of ["a", "b"]) await streams.create(name);
        const write = async (from: number, count: number) => {
          for (let n = from; n < from + count; n++) {
            for (const name of ["a", "b"]) await streams.append(name, { n });
          }
        };
        await write(0, 20);
        mirrors.push(await startMirror());
        await assertMirrored(origin, mirrors[0]?.origin("main") ?? "");
        await mirrors.pop()?.kill();
        await write(20, 20);
        mirrors.push(await startMirror(), await startMirror());
        await write(40, 50);
        for (const mirror of mirrors) {
          const at = mirror.origin("main");
          await assertMirrored(origin, at);
          await until("it follows", async () => (await remoteOf(at)).state === "following");
          assertEquals((await remoteOf(at)).refused, 0);
          const through = new StreamsApi(at);
          const next = await through.append("a", { through: true });
          await until("it is here", async () => (await through.get("a?offset=-1")).next === next);
        }
        const [first] = mirrors;
        await first?.kill();
        await write(90, 10);
        await assertMirrored(origin, mirrors[1]?.origin("main") ?? "");
      } finally {
        for (const each of [...mirrors, remote]) await each.kill();
        await denokv.stop();
      }
    });
  },
);
