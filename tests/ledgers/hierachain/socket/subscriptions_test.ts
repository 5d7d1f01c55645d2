import { assertEquals } from "@std/assert";
import { ClientSocket, type Told } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import type { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";
import { until } from "../../../support/until.ts";

const clock = () => ({ clock: new FakeClock() });
const entities = (told: readonly Told[]) => told.map(({ data }) => data.entity_id);

/** Appends an event of each type named, called by its type and place. */
async function append(api: HieraChainApi, chain: string, types: string[]): Promise<void> {
  for (const [at, type] of types.entries()) {
    await api.append(chain, { entity_id: `${chain}-${type}-${at}`, event_type: type });
  }
}

Deno.test("several subscriptions of one socket to one chain bring each event once", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native);
    // The two of the page's own sample, and more.
    await socket.subscribe("c");
    await socket.subscribe("c", { event_type: "b" });
    await socket.subscribe("c", { event_type: "b" });
    await socket.subscribe("c");
    await append(api, "c", ["a", "b", "c", "b"]);
    await append(api, "c", ["end"]);
    await until("the last event", () => entities(socket.of("new_event")).includes("c-end-0"));
    assertEquals(entities(socket.of("new_event")), ["c-a-0", "c-b-1", "c-c-2", "c-b-3", "c-end-0"]);
    await socket.close();
  }, clock());
});

Deno.test("one socket hears of several chains, each under its name", async () => {
  await withServer(async ({ native, api }) => {
    for (const chain of ["one", "two", "three"]) await api.create(chain);
    const socket = await ClientSocket.open(native);
    await socket.subscribe("one");
    await socket.subscribe("two");
    for (const chain of ["one", "two", "three", "two"]) await append(api, chain, ["x"]);
    await socket.count("new_event", 3);
    await socket.settle();
    assertEquals(socket.of("new_event").map(({ chain_name }) => chain_name), ["one", "two", "two"]);
    await socket.close();
  }, clock());
});

Deno.test("filters by event type add up, and blocks come to every subscriber", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const [one, two, list] = await Promise.all([0, 1, 2].map(() => ClientSocket.open(native)));
    await one?.subscribe("c", { event_type: "a" });
    await two?.subscribe("c", { event_type: "a" });
    await two?.subscribe("c", { event_type: "b" });
    await list?.subscribe("c", { event_types: ["b", "x"] });
    await append(api, "c", ["a", "b", "x", "y"]);
    await api.fill("c", 45);
    const heard = [["c-a-0"], ["c-a-0", "c-b-1"], ["c-b-1", "c-x-2"]];
    for (const [at, socket] of [one, two, list].entries()) {
      const [block] = await socket?.count("new_block", 1) ?? [];
      assertEquals(block.data.height, 1);
      assertEquals(entities(socket?.of("new_event") ?? []), heard[at]);
      await socket?.close();
    }
  }, clock());
});

Deno.test("a filter becomes everything with a subscription to everything", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native);
    await socket.subscribe("c", { event_type: "a" });
    await append(api, "c", ["z"]);
    await socket.subscribe("c");
    await append(api, "c", ["y"]);
    const [only] = await socket.count("new_event", 1);
    assertEquals(only.data.entity_id, "c-y-0");
    await socket.close();
  }, clock());
});

Deno.test("unsubscribe ends one chain in the page's dialect and everything in the other", async () => {
  await withServer(async ({ native, api }) => {
    for (const chain of ["one", "two"]) await api.create(chain);
    const page = await ClientSocket.open(native);
    await page.subscribe("one");
    await page.subscribe("two");
    page.send({ action: "unsubscribe", chain_name: "one" });
    page.send({ action: "unsubscribe", chain_name: "never subscribed" });
    await page.settle();
    const typed = await ClientSocket.open(native);
    await typed.ask({ type: "subscribe", chain_name: "one" });
    await typed.ask({ type: "subscribe", chain_name: "two" });
    await typed.ask({ type: "unsubscribe", chain_name: "one" });
    await append(api, "one", ["x"]);
    await append(api, "two", ["x"]);
    const told = await page.count("new_event", 1);
    assertEquals(entities(told), ["two-x-0"]);
    await page.subscribe("one");
    await append(api, "one", ["again"]);
    await page.count("new_event", 2);
    await typed.ask({ type: "ping" });
    assertEquals(typed.of("event"), []);
    await page.close();
    await typed.close();
  }, clock());
});

Deno.test("whoever subscribes before the chain exists hears it from its genesis on", async () => {
  await withServer(async ({ native, api }) => {
    const socket = await ClientSocket.open(native);
    await socket.subscribe("later");
    await socket.subscribe("never");
    await api.create("later");
    await append(api, "later", ["x"]);
    const [connection, event] = await socket.count("new_event", 2);
    const [genesis] = socket.of("new_block");
    assertEquals([genesis.data.height, genesis.chain_name], [0, "later"]);
    assertEquals([connection.data.event_type, event.data.event_type], [
      "main_chain_connection",
      "x",
    ]);
    await socket.close();
  }, clock());
});

Deno.test("the root chain can be followed too", async () => {
  await withServer(async ({ native, api }) => {
    const socket = await ClientSocket.open(native);
    await socket.subscribe("main_chain");
    await api.create("c");
    const [registration] = await socket.count("new_event", 1);
    assertEquals([registration.data.event_type, registration.data.entity_id], [
      "sub_chain_registration",
      "c",
    ]);
    await socket.close();
  }, clock());
});

Deno.test("a client may repeat its subscription as often as it likes", async () => {
  const own = new FakeClock();
  await withServer(async ({ native, api }) => {
    const socket = await ClientSocket.open(native);
    for (let at = 0; at < 300; at++) {
      const told = await socket.ask({ type: "subscribe", chain_name: "c", event_types: ["a"] });
      assertEquals(told.type, "subscribed");
      own.advance(10);
    }
    await api.create("c");
    await append(api, "c", ["a"]);
    await socket.count("event", 1);
    await socket.close();
    await until("nobody is left", async () => {
      const { body } = await api.get("/ws/status");
      return body.total_connections === 0 && body.stats.event_types_count === 0;
    });
  }, { clock: own });
});

Deno.test("a socket has 256 subscriptions at the most, and keeps those it has", async () => {
  const own = new FakeClock();
  await withServer(async ({ native, api }) => {
    const socket = await ClientSocket.open(native);
    for (let at = 0; at < 256; at++) {
      const told = await socket.ask({ type: "subscribe", chain_name: `c-${at}` });
      assertEquals(told.type, "subscribed");
      own.advance(10);
    }
    const refused = await socket.ask({ type: "subscribe", chain_name: "c-256" });
    assertEquals(refused, { type: "error", message: "Too many subscriptions" });
    const types = Array.from({ length: 257 }, (_, at) => `t-${at}`);
    const many = await socket.ask({ type: "subscribe", chain_name: "c-0", event_types: types });
    assertEquals(many, refused);
    await api.create("c-0");
    await append(api, "c-0", ["a"]);
    await until("the event", () => socket.of("event").some(({ data }) => data.event === "a"));
    await socket.close();
  }, { clock: own });
});

Deno.test("the status counts who is connected and subscribed in both documented shapes, and counts down", async () => {
  await withServer(async ({ native, api }) => {
    const status = async () => (await api.get("/ws/status")).body;
    const shape = (total: number, chains: Record<string, number>, types = 0) => ({
      status: "running",
      total_connections: total,
      chains,
      stats: {
        total_connections: total,
        max_connections: 20_000,
        chains,
        event_types_count: types,
      },
    });
    assertEquals(await status(), shape(0, {}));
    const one = await ClientSocket.open(native);
    const two = await ClientSocket.open(native);
    await one.subscribe("supply_chain");
    await one.subscribe("supply_chain", { event_type: "a" });
    await two.subscribe("supply_chain", { event_type: "b" });
    await two.subscribe("orders");
    assertEquals(await status(), shape(2, { supply_chain: 2, orders: 1 }, 2));
    two.send({ action: "unsubscribe", chain_name: "supply_chain" });
    await two.settle();
    assertEquals(await status(), shape(2, { supply_chain: 1, orders: 1 }, 1));
    await one.close();
    await until("one left", async () => (await status()).total_connections === 1);
    assertEquals(await status(), shape(1, { orders: 1 }));
    await two.close();
    await until("none left", async () => (await status()).total_connections === 0);
    assertEquals(await status(), shape(0, {}));
  });
});

Deno.test("a subscription that is refused is not counted", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native);
    await socket.subscribe("c", { from: "yesterday", event_type: "a" });
    assertEquals(socket.of("error").length, 1);
    const { body } = await api.get("/ws/status");
    assertEquals([body.chains, body.stats.event_types_count], [{}, 0]);
    await append(api, "c", ["a"]);
    await socket.settle();
    assertEquals(socket.of("new_event"), []);
    await socket.close();
  }, clock());
});
