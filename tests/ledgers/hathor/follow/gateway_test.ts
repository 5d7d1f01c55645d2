import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { join } from "node:path";
import { ClientSocket } from "../../../support/client_socket.ts";
import { ServerProcess, withFolder } from "../../../support/server.ts";
import { withServer } from "../../../support/in_process.ts";
import { remoteOf } from "../../../support/mirrors.ts";
import { until } from "../../../support/until.ts";
import { EVENT_PATH, start } from "../support/event_client.ts";
import { followFlag, withGateway } from "../support/gateway.ts";
import { HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { ScriptedNode } from "../support/scripted_node.ts";
import { networkOf } from "../support/vectors.ts";

const readyForm = z.object({ latest_event_id: z.number() });

/** Waits until a gateway has as many events as its node. */
async function caughtUp(gateway: HathorApi, node: HathorApi): Promise<void> {
  const latest = async (api: HathorApi) =>
    readyForm.safeParse(await api.get("/v1a/event?size=0")).data?.latest_event_id;
  await until("the gateway has what the node has", async () => (
    await latest(gateway) === await latest(node)
  ));
}

/** All that an event socket sends, up to an event. */
async function streamed(origin: string, last: number): Promise<string[]> {
  const socket = await ClientSocket.open(origin, EVENT_PATH);
  socket.send(start(1_000_000));
  await until("all events have come", () => socket.texts.length > last);
  await socket.close();
  return socket.texts.map((text) => text.replace(/"latest_event_id":\d+/, ""));
}

Deno.test("the event queue of a gateway is its node's, with its ids, its stream and its peer", async () => {
  await withGateway(async (gateway, node, main) => {
    await caughtUp(gateway, node);
    const { latest_event_id: last } = readyForm.parse(await node.get("/v1a/event?size=0"));
    assertEquals(await streamed(gateway.origin, last), await streamed(node.origin, last));
    assertEquals(
      (await gateway.send("GET", "/v1a/event?size=1000")).text,
      (await node.send("GET", "/v1a/event?size=1000")).text,
    );
    const remote = await remoteOf(main);
    assertEquals([remote.state, remote.lagEvents, remote.status], ["following", 0, "ready"]);
    assert((await (await fetch(`${main}/metrics`)).text()).includes(
      `ledger_remote_last_id{remote="hathor"} ${last}`,
    ));
  });
});

Deno.test("a gateway starts and serves what it has while its node is away, and a node of its own does not start over it", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${join(folder, "gateway.db")}`;
    let texts = "";
    let flag = "";
    await withHathor(async (node) => {
      flag = followFlag(node.origin);
      await withHathor(async (gateway) => {
        await caughtUp(gateway, node);
        texts = (await gateway.send("GET", "/v1a/event?size=100")).text;
      }, { flags: [flag, store] });
    });
    await withHathor(async (gateway, main) => {
      assertEquals((await gateway.send("GET", "/v1a/event?size=100")).text, texts);
      await until("it is away", async () => (await remoteOf(main)).state === "away");
      assertEquals((await remoteOf(main)).status, "ready");
    }, { flags: [flag, store] });
    const own = ServerProcess.run([store, "--port=0", "--hathor-port=off"]);
    const { code, stderr } = await own.ended();
    assertEquals(code, 2);
    assert(stderr.includes("--hathor-follow"), stderr);
  });
});

Deno.test("a gateway that is reset begins anew with another node", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${join(folder, "gateway.db")}`;
    const network = networkOf("privatenet");
    const first = new ScriptedNode(network, LOADED);
    const second = new ScriptedNode(network, LOADED.slice(0, 1));
    try {
      await withServer(async ({ main }) => {
        await until("it has followed", async () => (
          (await eventsOf(main)).length === LOADED.length
        ));
      }, { flags: [store, followFlag(first.origin)] });
      await withServer(async ({ main }) => {
        await until("it stopped", async () => (await remoteOf(main)).code === "remote_new_life");
        assertEquals((await eventsOf(main)).length, LOADED.length);
      }, { flags: [store, followFlag(second.origin)] });
      await withServer(async ({ main }) => {
        await until("it has begun anew", async () => (await eventsOf(main)).length === 1);
        const socket = await ClientSocket.open(main, `/hathor${EVENT_PATH}`);
        socket.send(start(10));
        const { stream_id } = await socket.next();
        assertEquals(stream_id, second.streamId);
        await socket.close();
      }, { flags: [store, followFlag(second.origin), "--hathor-follow-reset"] });
    } finally {
      await first.close();
      await second.close();
    }
  });
});

/** Events of no vertex. */
const LOADED = ["LOAD_STARTED", "LOAD_FINISHED"].map((type, id) =>
  `{"id":${id},"timestamp":1795308384.8070788,"type":"${type}","data":{},"group_id":null}`
);

const eventsForm = z.object({ events: z.array(z.unknown()) });

async function eventsOf(main: string): Promise<unknown[]> {
  const response = await fetch(`${main}/hathor/v1a/event`);
  return eventsForm.safeParse(await response.json()).data?.events ?? [];
}

Deno.test("a gateway with nothing in its store answers while its node is away", async () => {
  const away = followFlag("http://127.0.0.1:1");
  await withHathor(async (gateway, main) => {
    await until("it is away", async () => (await remoteOf(main)).state === "away");
    assertEquals((await gateway.get("/v1a/event")).events, []);
    assertEquals((await gateway.send("GET", "/v1a/status")).status, 503);
    const { status } = await gateway.send("GET", "/v1a/transaction?id=" + "0".repeat(64));
    assert(status < 500, `${status}`);
    const socket = await ClientSocket.open(gateway.origin, EVENT_PATH);
    socket.send(start(10));
    await socket.close();
  }, { flags: [away] });
});

Deno.test("payments to addresses are told at a gateway as at a node", async () => {
  const address = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";
  await withGateway(async (gateway, node, main) => {
    await caughtUp(gateway, node);
    const made = await gateway.send("PUT", "/v1/deposits/d", {
      addresses: [address],
      confirmations: 2,
    });
    assertEquals(made.status, 201, made.text);
    await mineTo(node, address);
    await mineTo(node, address);
    await until("a payment is confirmed", async () => {
      const { text } = await gateway.send("GET", "/v1/deposits/d");
      const { stream } = z.object({ stream: z.string() }).parse(JSON.parse(text));
      const response = await fetch(new URL(`${stream}?offset=-1`, main));
      return (await response.text()).includes("DEPOSIT_CONFIRMED");
    });
  });
});
