import { assertEquals } from "@std/assert";
import { StreamsApi } from "../../../support/streams_api.ts";
import { SubscriptionsApi } from "../../../support/subscriptions_api.ts";
import { until } from "../../../support/until.ts";
import {
  done,
  newsIn,
  type Notification,
  WebhookReceiver,
} from "../../../support/webhook_receiver.ts";
import { briefly, type ToldNotice, withDeposits } from "../support/deposit_world.ts";

const STREAM = "hathor/deposits/privatenet/shop";

/** The notices that a notification of a webhook tells of. */
async function noticesIn(origin: string, told: Notification): Promise<ToldNotice[]> {
  const notices: ToldNotice[] = [];
  for (const { path, from, to } of newsIn(told)) {
    const { text } = await new StreamsApi(origin).get(`${path}?offset=${from}`);
    const events: { offset: string; type: string; data: ToldNotice }[] = JSON.parse(text);
    for (const { offset, type, data } of events) {
      if (offset <= to && type.startsWith("DEPOSIT_")) notices.push({ ...data, type });
    }
  }
  return notices;
}

Deno.test("a webhook is told of a payment, of its confirmation and of a reorganisation under it, each once", async () => {
  await withDeposits(async (world) => {
    const { graph, origin } = world;
    const base = await graph.start();
    let failures = 0;
    const heard: ToldNotice[] = [];
    const receiver = new WebhookReceiver(async (told, before) => {
      // Now and then it does not answer well, and is told again.
      if (before % 2 === 0 && failures < 2) {
        failures++;
        return new Response("no", { status: 500 });
      }
      heard.push(...await noticesIn(origin, told));
      return done();
    });
    try {
      // It is there before the stream, so that nothing is told before it listens.
      await new SubscriptionsApi(origin).create("shop", {
        type: "webhook",
        streams: [STREAM],
        webhook: { url: receiver.url },
      });
      await world.watch("shop", { addresses: [graph.address(7)], confirmations: 2 });
      const told = async (...expected: string[]) => {
        await until("the webhook hears it", () => heard.length >= expected.length);
        assertEquals(heard.map(briefly), expected);
      };
      const { tx } = await graph.spend(graph.coin, [{ value: 500, to: 7 }]);
      await told("1 seen 500");
      const one = await graph.block(base, [tx]);
      await graph.block(one);
      const first = ["1 seen 500", "2 confirmed 500 in 2"];
      await told(...first);
      // Another chain with more work behind it, of which no block has the payment.
      await graph.block(base, [], { weight: 8 });
      await told(...first, "3 undone 500 reorganised", "4 seen 500");
      assertEquals(new Set(heard.map(({ id }) => id)).size, 4);
    } finally {
      await receiver.close();
    }
  });
});

Deno.test("notices are CloudEvents with a schema, and can be filtered by address over a socket", async () => {
  await withDeposits(async (world) => {
    const { graph, origin } = world;
    await graph.start();
    await world.watch("shop", { addresses: [graph.address(7), graph.address(8)] });
    await graph.spend(graph.coin, [{ value: 500, to: 7 }, { value: 501, to: 8 }]);
    await world.told("shop", 2);
    const api = new StreamsApi(origin);
    const { text } = await api.get(`${STREAM}?offset=-1&format=cloudevents`);
    const [, event] = JSON.parse(text);
    assertEquals(event.type, "org.ledgerline.hathor.DEPOSIT_SEEN");
    assertEquals([event.subject, event.data.amount], [graph.address(7), "500"]);
    const schema = await (await fetch(`${origin}/v1/schemas/${event.type}`)).json();
    assertEquals(Object.keys(event.data).toSorted(), schema.required.toSorted());
    const url = `${origin.replace("http", "ws")}/v1/stream/${STREAM}?offset=-1` +
      `&key=${graph.address(8)}`;
    const socket = new WebSocket(url);
    const messages: string[] = [];
    socket.onmessage = ({ data }) => messages.push(String(data));
    await until("the socket tells it", () => messages.join("").includes(`"amount":"501"`));
    assertEquals(messages.join("").includes(`"amount":"500"`), false);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });
});
