import type { Hono } from "hono";
import { type Delivery, type Order, ORDERS } from "../../web/deliveries.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import { problem } from "../../web/problem.ts";
import { adminRoute } from "./admin_route.ts";
import { cutText, keyOf, timeOf, told } from "./answers.ts";
import type { WatchContext } from "./watch_context.ts";
import { toldOfOrder, toldOfSubscriptions } from "./watch_operations.ts";

/** What each order does. */
const DOES: Readonly<Record<Order, string>> = {
  retry: "Tries at once what waits for its next try",
  pause: "Begins no more wakes, and tries none again",
  resume: "Goes on where it was paused",
};

/** `/v1/subscriptions`: what is told by webhooks and wake streams; see this folder's page. */
export function subscriptionRoutes(app: Hono<RequestEnv>, context: WatchContext): void {
  const list = adminRoute(context, toldOfSubscriptions, () => {
    const subscriptions = context.deliveries().flatMap((deliveries) => deliveries.list())
      .map((delivery) => shownDelivery(delivery, context));
    return told({ ...context.about(), subscriptions });
  });
  app.get("/v1/subscriptions", list);
  for (const order of ORDERS) {
    const carry = adminRoute(context, toldOfOrder(DOES[order]), async ({ req }) => {
      const delivery = await carriedOut(req.param("id") ?? "", order);
      if (delivery !== undefined) return told(shownDelivery(delivery, context));
      return problem(404, "not_found", "There is no subscription of that id");
    });
    app.post(`/v1/subscriptions/:id/${order}`, carry);
  }

  async function carriedOut(id: string, order: Order): Promise<Delivery | undefined> {
    for (const deliveries of context.deliveries()) {
      const delivery = await deliveries.order(id, order);
      if (delivery !== undefined) return delivery;
    }
    return undefined;
  }
}

function shownDelivery(delivery: Delivery, { nameOf }: WatchContext): unknown {
  const { lastAnswer, wake } = delivery;
  const cut = (text: string | undefined) => text === undefined ? null : cutText(text);
  return {
    id: delivery.id,
    type: delivery.type,
    target: cut(delivery.target),
    pattern: cut(delivery.pattern),
    description: cut(delivery.description),
    createdAt: timeOf(delivery.createdAt),
    owner: keyOf(delivery.owner, nameOf),
    state: delivery.state,
    failures: delivery.failures,
    nextTryAt: timeOf(delivery.nextTryAt),
    lastAnswer: lastAnswer === undefined ? null : {
      at: timeOf(lastAnswer.at),
      status: lastAnswer.status ?? null,
      error: lastAnswer.error ?? null,
      ms: Math.round(lastAnswer.ms),
    },
    streams: delivery.streams,
    lagStreams: delivery.lagStreams,
    lagEvents: delivery.lagEvents,
    wake: wake === undefined ? null : {
      stream: cutText(wake.stream),
      since: timeOf(wake.since),
      worker: cut(wake.worker),
    },
  };
}
