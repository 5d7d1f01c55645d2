import type { Deliveries, Delivery, DeliveryState, Order } from "../../web/deliveries.ts";
import { SubscriptionRefusal } from "./errors.ts";
import { carryOut } from "./manage_commands.ts";
import { ackedPosition } from "./pending.ts";
import type { Subscription } from "./state.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Watch } from "./watch.ts";
import type { WebhookAnswers } from "./webhook_answers.ts";

/** The subscriptions as whoever watches over the server sees them, and is heard of by them. */
export class ToldDeliveries implements Deliveries {
  readonly #around: Surroundings;
  readonly #watch: Watch;
  readonly #answers: WebhookAnswers;

  constructor(around: Surroundings, watch: Watch, answers: WebhookAnswers) {
    this.#around = around;
    this.#watch = watch;
    this.#answers = answers;
  }

  get outcomes(): Deliveries["outcomes"] {
    return this.#answers.outcomes;
  }

  get durations(): Deliveries["durations"] {
    return this.#answers.durations;
  }

  list(): Delivery[] {
    return [...this.#watch.book.all()].map((subscription) => this.#shown(subscription));
  }

  async order(id: string, order: Order): Promise<Delivery | undefined> {
    try {
      await this.#around.chain.execute(carryOut(id, order));
    } catch (error) {
      if (error instanceof SubscriptionRefusal) return undefined;
      throw error;
    }
    await this.#watch.reach();
    const subscription = this.#watch.book.find(id);
    return subscription && this.#shown(subscription);
  }

  #shown(subscription: Subscription): Delivery {
    const { id, config, createdAt, owner, failures, retryAt, wake } = subscription;
    const links = this.#watch.book.links(subscription);
    const pending = this.#watch.pending(id);
    let lagEvents = 0;
    for (const path of pending) {
      const layout = this.#watch.tails.get(path);
      const acked = links.get(path)?.acked;
      if (layout === undefined || acked === undefined) continue;
      lagEvents += Math.max(0, layout.tail - ackedPosition(layout, acked));
    }
    return {
      id,
      type: config.type,
      target: config.url === null ? config.wakeStream ?? undefined : withoutSecrets(config.url),
      pattern: config.pattern ?? undefined,
      description: config.description ?? undefined,
      createdAt,
      owner,
      state: stateOf(subscription, pending.size > 0),
      failures,
      nextTryAt: retryAt ?? undefined,
      lastAnswer: this.#answers.of(id),
      streams: links.size,
      lagStreams: pending.size,
      lagEvents,
      wake: wake === null
        ? undefined
        : { stream: wake.stream, since: wake.since, worker: wake.worker ?? undefined },
    };
  }
}

function stateOf(
  { isReady, isPaused = false, retryAt, wake }: Subscription,
  isPending: boolean,
): DeliveryState {
  if (!isReady) return "making";
  if (isPaused) return "paused";
  if (retryAt !== null) return "retrying";
  if (wake === null) return isPending ? "due" : "idle";
  return wake.phase === "sent" ? "waiting" : wake.phase;
}

/** An address without its query and credentials. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return "";
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
