import { assertEquals } from "@std/assert";
import { ClientSocket, type Told } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { HieraChainApi } from "../../../support/hierachain_api.ts";
import { KeysApi } from "../../../support/keys_api.ts";
import { until } from "../../../support/until.ts";

const START = Date.UTC(2026, 10, 28);

/** The events of users that a socket was told of, as chain and type. */
function eventsOf(socket: ClientSocket): string[] {
  const isEvent = ({ type }: Told) => type === "new_event" || type === "event";
  return socket.told.filter(isEvent)
    .map(({ chain_name, event_type }) => `${chain_name} ${event_type}`);
}

function typesOf(socket: ClientSocket): string[] {
  return socket.told.filter(({ type }) => type === "new_event")
    .map(({ chain_name, data }) => `${chain_name} ${data.event_type}`);
}

Deno.test("a subscription to all hears of every chain in both dialects, and of those to come", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("a");
    const page = await ClientSocket.open(native);
    await page.subscribe("all", { event_type: "made" });
    const server = await ClientSocket.open(native);
    server.send({ type: "subscribe", event_types: ["made"] });
    assertEquals(await server.next(), {
      type: "subscribed",
      chain_name: "all",
      event_types: ["made"],
    });
    await api.append("a", { entity_id: "E", event_type: "made" });
    await api.create("b");
    for (const event_type of ["other", "made"]) {
      await api.append("b", { entity_id: "E", event_type });
    }
    await until("the page hears of both", () => typesOf(page).length === 2);
    assertEquals(typesOf(page).sort(), ["a made", "b made"]);
    await until("the other hears of both", () => eventsOf(server).length === 2);
    assertEquals(eventsOf(server).sort(), ["a made", "b made"]);
    page.send({ action: "unsubscribe", chain_name: "all" });
    await page.settle();
    await api.append("b", { entity_id: "E", event_type: "made" });
    await api.create("late");
    await page.settle();
    assertEquals(typesOf(page).length, 2);
    page.close();
    server.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("all begins in the past by a time or at the beginning, and at no offset", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("a");
    await api.append("a", { entity_id: "E", event_type: "made" });
    const socket = await ClientSocket.open(native);
    socket.send({ action: "subscribe", chain_name: "all", from: 3 });
    assertEquals(await socket.next(), { type: "error", message: "Invalid subscription" });
    socket.send({ action: "subscribe", chain_name: "all", event_type: "made", from: "earliest" });
    await until("history comes", () => typesOf(socket).length === 1);
    assertEquals(typesOf(socket), ["a made"]);
    socket.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("of all chains a key hears those that it may read, new ones too", async () => {
  const listed = "a-key-of-the-settings";
  await withServer(async ({ native, main }) => {
    const api = new HieraChainApi(native, { "x-api-key": listed });
    const { key } = await new KeysApi(main, listed)
      .make({ scopes: ["read"], chains: ["hierachain/my-*"] });
    for (const chain of ["my-a", "other"]) await api.create(chain);
    const socket = await ClientSocket.open(native, `/ws?chain_name=all&token=${key}`);
    assertEquals((await socket.next()).chain_name, "all");
    for (const chain of ["my-b", "more"]) await api.create(chain);
    for (const chain of ["other", "more", "my-a", "my-b"]) {
      await api.append(chain, { entity_id: "E", event_type: "made" });
    }
    await until(
      "both of its chains are heard of",
      () => ["my-a made", "my-b made"].every((event) => eventsOf(socket).includes(event)),
    );
    const chains = new Set(eventsOf(socket).map((event) => event.split(" ")[0]));
    assertEquals([...chains].sort(), ["my-a", "my-b"]);
    socket.close();
  }, { flags: [`--api-keys=${listed}`], clock: new FakeClock(START) });
});

Deno.test("what an address asks for and cannot be had is refused in words, and the socket stays", async () => {
  await withServer(async ({ api, native }) => {
    const tooMany = "Too many chains: subscribe to them by their names";
    for (const path of [`/ws?chain_name=${"n".repeat(257)}`, `/ws/${"n".repeat(257)}`]) {
      await assertGreetedWith(native, path, "Invalid subscription");
    }
    const names = Array.from({ length: 1_001 }, (_, index) => `many-${index}`);
    while (names.length > 0) {
      await Promise.all(names.splice(0, 50).map((name) => api.create(name)));
    }
    for (const path of ["/ws?chain_name=all", "/ws/all"]) {
      await assertGreetedWith(native, path, tooMany);
    }
    const socket = await ClientSocket.open(native);
    socket.send({ action: "subscribe", chain_name: "all" });
    socket.send({ type: "subscribe", chain_name: "all" });
    for (const _ of [1, 2]) assertEquals(await socket.next(), { type: "error", message: tooMany });
    socket.close();
  });
});

/** Opens a socket, which is greeted, told what is wrong, and answers as before. */
async function assertGreetedWith(native: string, path: string, message: string): Promise<void> {
  const socket = await ClientSocket.open(native, path);
  assertEquals((await socket.next()).type, "connected", path);
  assertEquals(await socket.next(), { type: "error", message }, path);
  socket.send({ type: "ping", timestamp: 7 });
  assertEquals(await socket.next(), { type: "pong", timestamp: 7 }, path);
  socket.close();
}
