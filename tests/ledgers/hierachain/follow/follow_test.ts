import { assertEquals, assertMatch } from "@std/assert";
import { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";
import { remoteOf } from "../../../support/mirrors.ts";
import { NodeRoad } from "../../../support/node_road.ts";
import { withFolder } from "../../../support/server.ts";
import { until, within } from "../../../support/until.ts";
import { WsClient } from "../../../support/ws_client.ts";
import { assertChainsFollowed, chainsOf } from "../followed.ts";

/** Runs `body` with a node, a road to it, and what follows it at the end of that. */
async function withNode(
  body: (
    at: { node: HieraChainApi; gateway: HieraChainApi; main: string; road: NodeRoad },
  ) => Promise<void>,
): Promise<void> {
  await withServer(async ({ main: there }) => {
    const node = `${there}/hierachain`;
    const road = new NodeRoad(node);
    try {
      await withServer(
        ({ main }) =>
          body({
            node: new HieraChainApi(node),
            gateway: new HieraChainApi(`${main}/hierachain`),
            main,
            road,
          }),
        { flags: [`--hierachain-follow=${road.origin}`] },
      );
    } finally {
      await road.close();
    }
  });
}

/** Creates chains with events of many forms, and waits until they are in blocks. */
async function fill(node: HieraChainApi, names: readonly string[], count: number) {
  for (const name of names) {
    await node.post(`/api/ledger/chains/${name}/create?chain_type=generic`);
    await node.fill(name, count, `E-${name}`);
    await node.append(name, {
      entity_id: "odd",
      event_type: "made",
      details: { half: 1e-7, text: "é\u2028<b>", none: null, nested: { list: [1, 1.0, "2"] } },
    });
  }
}

Deno.test("chains of a node are answered from here to the byte, history and live", async () => {
  await withNode(async ({ node, gateway, main }) => {
    await fill(node, ["b", "a"], 130);
    await assertChainsFollowed(node, gateway, ["odd", "E-a-1", "E-b-129"]);
    await fill(node, ["c", "a"], 3);
    await node.post("/api/ledger/chains/a/submit-proof");
    await assertChainsFollowed(node, gateway, ["odd", "E-a-1", "E-c-2", "a"]);
    const remote = await remoteOf(main);
    assertEquals([remote.state, remote.name], ["following", "hierachain"]);
  });
});

Deno.test("what changes chains is sent to the node, and sockets here tell of it and of new chains", async () => {
  await withNode(async ({ node, gateway, main }) => {
    const heard: { type: string; chain_name?: string; data?: Record<string, unknown> }[] = [];
    const sockets = await Promise.all(["all", "c"].map(async (chain) => {
      const socket = await WsClient.open(
        main,
        (text) => heard.push(JSON.parse(text)),
        {},
        "/hierachain/ws",
      );
      socket.send({ action: "subscribe", chain_name: chain });
      return socket;
    }));
    await gateway.create("c");
    const { eventId } = await gateway.append("c", { entity_id: "E-1", event_type: "made" });
    assertMatch(eventId, /^c_/);
    await until("both are told of the event and of its block", () => {
      const events = heard.filter(({ type, data }) =>
        type === "new_event" && data?.entity_id === "E-1"
      );
      return events.length === 2 &&
        heard.some(({ type, chain_name }) => type === "new_block" && chain_name === "c");
    });
    for (const socket of sockets) socket.close();
    await within("they close", Promise.all(sockets.map(({ closed }) => closed)));
    const refused = await gateway.post("/api/ledger/chains/nowhere/events", {
      entity_id: "E-1",
      event_type: "made",
    });
    assertEquals(refused.status, 404);
    const authorities = await Promise.all(
      [node, gateway].map((api) => api.get("/api/admin/authority")),
    );
    assertEquals(authorities[1]?.text, authorities[0]?.text);
    await gateway.post("/api/business/organizations", { org_id: "o", ca_config: {} });
    const path = "/api/business/organizations/o";
    assertEquals((await gateway.get(path)).text, (await node.get(path)).text);
    const events = await gateway.get(`/api/ledger/chains/c/events/${eventId}`);
    assertEquals(events.body.event.entity_id, "E-1");
    await assertChainsFollowed(node, gateway, ["E-1"]);
  });
});

Deno.test("answers that are cut off, late, of another block or changed change nothing", async () => {
  await withNode(async ({ node, gateway, main, road }) => {
    const faults = {
      cut: () => "cut",
      gap: (text: string) => text.replace(/"index":(\d+)/, (_, n) => `"index":${+n + 1}`),
      twice: (text: string) => text.replace(/"index":(\d+)/, (_, n) => `"index":${+n - 1}`),
      changed: (text: string) => text.replace(/"number":\d+/, '"number":77777'),
      nonsense: () => "[1, 2",
    };
    for (const [fault, change] of Object.entries(faults)) {
      let isDone = false;
      road.fault = ({ path, status, text }) => {
        if (isDone || status !== 200 || !path.includes("/blocks")) return undefined;
        const changed = change(text);
        if (changed === text) return undefined;
        isDone = true;
        return changed;
      };
      await fill(node, ["a"], 20);
      await until(`${fault} has come`, () => isDone);
      await assertChainsFollowed(node, gateway, ["odd"]);
    }
    road.fault = undefined;
    road.delayMs = 60;
    await fill(node, ["a"], 20);
    await assertChainsFollowed(node, gateway, ["odd"]);
    const metrics = await (await fetch(`${main}/metrics`)).text();
    assertMatch(metrics, /ledger_remote_refused_total\{[^}]*"remote_invalid"[^}]*\} \d/);
    assertEquals((await remoteOf(main)).refused, 0);
  });
});

Deno.test("a chain whose block is not what its hash says is refused, and the others go on", async () => {
  await withNode(async ({ node, gateway, main, road }) => {
    road.fault = ({ path, text }) =>
      path.includes("/chains/bad/blocks")
        ? text.replaceAll(/"number":\d+/g, '"number":77777')
        : undefined;
    await fill(node, ["bad", "good"], 5);
    await until("it is refused", async () => (await remoteOf(main)).refused === 1);
    await fill(node, ["good"], 5);
    const last = (await chainsOf(node)).find(({ name }) => name === "good");
    await until(
      "the other goes on",
      async () =>
        (await chainsOf(gateway)).some((each) => JSON.stringify(each) === JSON.stringify(last)),
    );
    const metrics = await (await fetch(`${main}/metrics`)).text();
    assertMatch(metrics, /ledger_remote_refused_total\{[^}]*"chain_differs"[^}]*\} 1/);
  });
});

Deno.test("it starts and serves chains while their node is away; another node stops it until it is reset", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/gateway.db`;
    const road = new NodeRoad(undefined);
    const flags = [store, `--hierachain-follow=${road.origin}`];
    try {
      await withServer(async ({ main: there }) => {
        const node = new HieraChainApi(`${there}/hierachain`);
        road.target = node.origin;
        await fill(node, ["a", "b"], 10);
        await withServer(
          ({ main }) =>
            assertChainsFollowed(node, new HieraChainApi(`${main}/hierachain`), ["odd"]),
          { flags },
        );
        road.target = undefined;
        await fill(node, ["b", "c"], 10);
        await withServer(async ({ main }) => {
          const gateway = new HieraChainApi(`${main}/hierachain`);
          const told = await until("it is away", async () => {
            const remote = await remoteOf(main);
            return remote.state === "away" && remote;
          });
          assertEquals([told.code, told.status], ["remote_away", "ready"]);
          assertEquals((await chainsOf(gateway)).map(({ name }) => name), ["main_chain", "a", "b"]);
          const append = { entity_id: "E", event_type: "made" };
          const refused = await gateway.post("/api/ledger/chains/a/events", append);
          assertEquals(refused.status, 502);
          road.target = node.origin;
          await assertChainsFollowed(node, gateway, ["odd"]);
        }, { flags });
      });
      await withServer(async ({ main: there }) => {
        const node = new HieraChainApi(`${there}/hierachain`);
        road.target = node.origin;
        await fill(node, ["a", "d"], 10);
        await withServer(async ({ main }) => {
          const told = await until("it is stopped", async () => {
            const remote = await remoteOf(main);
            return remote.state === "stopped" && remote;
          });
          assertEquals(told.code, "remote_new_life");
          const kept = await chainsOf(new HieraChainApi(`${main}/hierachain`));
          assertEquals(kept.map(({ name }) => name), ["main_chain", "a", "b", "c"]);
        }, { flags });
        await withServer(
          ({ main }) =>
            assertChainsFollowed(node, new HieraChainApi(`${main}/hierachain`), ["odd"]),
          { flags: [...flags, "--hierachain-follow-reset"] },
        );
      });
    } finally {
      await road.close();
    }
  });
});

Deno.test("a node that is another one while it is followed is noticed, and chains of a store's own are not taken for a node's", async () => {
  await withServer(async ({ main: other }) => {
    await withNode(async ({ node, gateway, main, road }) => {
      await fill(node, ["a"], 3);
      await assertChainsFollowed(node, gateway, ["odd"]);
      const kept = JSON.stringify(await chainsOf(gateway));
      road.target = `${other}/hierachain`;
      const told = await until("it is stopped", async () => {
        const remote = await remoteOf(main);
        return remote.state === "stopped" && remote;
      });
      assertEquals(told.code, "remote_new_life");
      assertEquals(JSON.stringify(await chainsOf(gateway)), kept);
    });
    await withFolder(async (folder) => {
      const store = `--store=${folder}/own.db`;
      await withServer(({ api }) => api.create("own"), { flags: [store] });
      await withServer(async ({ main, api }) => {
        const told = await until("it is stopped", async () => {
          const remote = await remoteOf(main);
          return remote.state === "stopped" && remote;
        });
        assertEquals(told.code, "remote_not_mine");
        assertEquals((await api.get("/api/ledger/chains/own/stats")).status, 200);
      }, { flags: [store, `--hierachain-follow=${other}/hierachain`] });
    });
  });
});
