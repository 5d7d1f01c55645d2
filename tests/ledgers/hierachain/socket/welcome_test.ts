import { chainProjection } from "../../../../src/server/projections.ts";
import { assertEquals } from "@std/assert";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { parseEventRequest } from "../event_request.ts";
import { HieraChainService } from "../../../../src/ledgers/hierachain/chain/service.ts";
import { HieraChainSocket } from "../../../../src/ledgers/hierachain/socket/socket.ts";
import { Subscribers } from "../../../../src/ledgers/hierachain/socket/subscribers.ts";
import { Log } from "../../../../src/log/log.ts";
import { Session } from "../../../../src/sockets/session.ts";
import { FakeTransport } from "../../../support/fake_transport.ts";
import { until } from "../../../support/until.ts";

const OPEN = { isRequired: false, grantOf: () => undefined };
const EVERYTHING = { id: "anyone", isOver: false, allows: () => true };

Deno.test("a message that comes while its sender is being welcomed waits for that", async () => {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection });
  const service = await HieraChainService.open(log, systemClock, false);
  await service.start();
  await service.createSubChain("c", "generic");
  const transport = new FakeTransport();
  const session = new Session(transport, systemClock, { closed: () => {} });
  const subscribers = new Subscribers(10);
  const context = { service, clock: systemClock, subscribers, access: OPEN };
  const socket = new HieraChainSocket(session, context, EVERYTHING);
  session.open(socket);
  const welcomed = socket.welcome("c", false);
  await socket.message('{"type":"subscribe","chain_name":"c"}');
  await welcomed;
  assertEquals((await subscribers.stats(() => true)).chains, { c: 1 });
  for (const name of ["first", "last"]) {
    const parsed = parseEventRequest(
      `{"entity_id":"${name}","event_type":"t"}`,
      "application/json",
    );
    if (parsed.ok) await service.append("c", [parsed.request]);
  }
  const entities = () =>
    transport.sent.map((text) => JSON.parse(text)).filter(({ type }) => type === "event")
      .map(({ data }) => data.entity_id);
  await until("the last event", () => entities().includes("last"));
  assertEquals(entities(), ["first", "last"]);
  assertEquals(transport.sent.slice(0, 2).map((text) => JSON.parse(text).type), [
    "connected",
    "subscribed",
  ]);
  session.peerClosed();
  assertEquals((await subscribers.stats(() => true)).chains, {});
  await service.stop();
  await log.close();
  store.close();
});
