import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { headKey } from "../../../../src/log/keys.ts";
import { parseEventRequest } from "../event_request.ts";
import { HieraChainService } from "../../../../src/ledgers/hierachain/chain/service.ts";
import { HieraChainSocket } from "../../../../src/ledgers/hierachain/socket/socket.ts";
import { Subscribers } from "../../../../src/ledgers/hierachain/socket/subscribers.ts";
import { Log } from "../../../../src/log/log.ts";
import { Session } from "../../../../src/sockets/session.ts";
import { FakeTransport } from "../../../support/fake_transport.ts";
import { ScriptedStore } from "../../../support/scripted_store.ts";
import type { ListedThen, StoredEntry } from "../../../../src/kv/store.ts";
import type { Told } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";

const OPEN = { isRequired: false, grantOf: () => undefined };
const EVERYTHING = { id: "anyone", isOver: false, allows: () => true };

Deno.test("a message that comes while its sender is being welcomed waits for that", async () => {
  await withSocket(async ({ service, session, socket, subscribers, told }) => {
    const welcomed = socket.welcome("first", false);
    await socket.message('{"type":"subscribe","chain_name":"first"}');
    await welcomed;
    assertEquals((await subscribers.stats(() => true)).chains, { first: 1 });
    for (const name of ["one", "last"]) await appendTo(service, "first", name);
    const entities = () =>
      told().filter(({ type }) => type === "event").map(({ data }) => data.entity_id);
    await until("the last event", () => entities().includes("last"));
    assertEquals(entities(), ["one", "last"]);
    assertEquals(told().slice(0, 2).map(({ type }) => type), ["connected", "subscribed"]);
    session.peerClosed();
    assertEquals((await subscribers.stats(() => true)).chains, {});
  });
});

/** A store of which a test says what happens before something is read. */
class ReadStore extends ScriptedStore {
  onGet: (key: Deno.KvKey) => Promise<void> = () => Promise.resolve();
  onListed: (count: number) => Promise<void> = () => Promise.resolve();

  override async get<T>(key: Deno.KvKey): Promise<StoredEntry<T>> {
    await this.onGet(key);
    return await super.get<T>(key);
  }

  override async listThen<T>(
    ...asked: Parameters<ScriptedStore["listThen"]>
  ): Promise<ListedThen<T>> {
    const listed = await super.listThen<T>(...asked);
    await this.onListed(listed.entries.length);
    return listed;
  }
}

async function withSocket(
  body: (parts: {
    store: ReadStore;
    service: HieraChainService;
    session: Session;
    socket: HieraChainSocket;
    subscribers: Subscribers;
    told: () => Told[];
  }) => Promise<void>,
): Promise<void> {
  const store = new ReadStore(await openStore(":memory:"));
  const log = new Log(store, { projectionOf: chainProjection, clock: new FakeClock() });
  const service = await HieraChainService.open(log, systemClock, false);
  await service.start();
  await service.createSubChain("first", "generic");
  const transport = new FakeTransport();
  const session = new Session(transport, systemClock, { closed: () => {} });
  const subscribers = new Subscribers(10);
  const context = { service, clock: systemClock, subscribers, access: OPEN };
  const socket = new HieraChainSocket(session, context, EVERYTHING);
  session.open(socket);
  await body({
    store,
    service,
    session,
    socket,
    subscribers,
    told: () => transport.sent.map((text) => JSON.parse(text)),
  });
  session.peerClosed();
  await service.stop();
  await log.close();
  store.close();
}

async function appendTo(service: HieraChainService, chain: string, entity = "E"): Promise<void> {
  const text = `{"entity_id":"${entity}","event_type":"made"}`;
  const parsed = parseEventRequest(text, "application/json");
  assert(parsed.ok);
  await service.append(chain, [parsed.request]);
}

const chainsOf = (told: readonly Told[]) =>
  told.filter(({ type }) => type === "event").map(({ chain_name }) => chain_name);

Deno.test("a chain that comes while all chains are listed is heard of", async () => {
  await withSocket(async ({ store, service, socket, told }) => {
    let isListed = false;
    store.onListed = async () => {
      if (isListed) return;
      isListed = true;
      await service.createSubChain("second", "generic");
    };
    await socket.welcome("all", false);
    assert(isListed);
    await appendTo(service, "second");
    await until("the event of the new chain", () => chainsOf(told()).includes("second"));
  });
});

Deno.test("who is greeted hears of all that comes from then on, and is greeted first", async () => {
  await withSocket(async ({ store, service, socket, told }) => {
    const hold = Promise.withResolvers<void>();
    let isHeld = false;
    store.onGet = async (key) => {
      if (String(key) !== String(headKey("hierachain/first"))) return;
      store.onGet = () => Promise.resolve();
      isHeld = true;
      await hold.promise;
    };
    const welcomed = socket.welcome("all", false);
    await until("its chains are being read", () => isHeld);
    assertEquals(told(), []);
    // What it has begun with has something to tell already.
    await service.createSubChain("second", "generic");
    hold.resolve();
    await welcomed;
    await appendTo(service, "first");
    await until("the event", () => chainsOf(told()).includes("first"));
    assertEquals(told()[0]?.type, "connected");
  });
});
