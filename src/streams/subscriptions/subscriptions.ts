import type { Layout } from "../chain/layout.ts";
import { MOUNT, SUBSCRIPTIONS_CHAIN } from "../chain/names.ts";
import type { StreamService } from "../chain/service.ts";
import { newLife } from "../chain/token.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../log/log.ts";
import type { ReportBody } from "./config.ts";
import { Dispatcher } from "./dispatcher.ts";
import { fenced, invalid, SubscriptionRefusal } from "./errors.ts";
import { ack, claim, type Proof, release } from "./lease_commands.ts";
import { Management } from "./management.ts";
import { StepQueue } from "./steps.ts";
import type { Config, Subscription } from "./state.ts";
import { tellerOf } from "./tellers.ts";
import { WakeTokens } from "./token.ts";
import { type ToldStream, toldStreams } from "./told_streams.ts";
import { ToldDeliveries } from "./told_deliveries.ts";
import { Watch } from "./watch.ts";
import { WebhookAnswers } from "./webhook_answers.ts";
import type { Deliveries } from "../../web/deliveries.ts";
import type { Surroundings } from "./surroundings.ts";
import { WebhookKey } from "./webhook_key.ts";
import type { WebhookTargets } from "./webhook_targets.ts";

/** What the subscriptions of a server are made of. */
export interface SubscriptionParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly service: StreamService;
  readonly targets: WebhookTargets;
  /** Where clients reach the server; undefined for wherever each subscription was made. */
  readonly publicUrl: string | undefined;
  readonly random?: () => number;
}

/** What a worker gets with a claim. */
export interface Claimed {
  readonly subscription: Subscription;
  readonly token: string;
  readonly streams: readonly ToldStream[];
}

/** The path of the control routes. */
export const CONTROL = `${MOUNT}/__ds`;

/** Subscriptions at work in this process (PROTOCOL.md, sections 6 and 7). */
export class Subscriptions {
  readonly management: Management;
  /** As whoever watches over the server sees them. */
  readonly deliveries: Deliveries;
  readonly service: StreamService;
  readonly key: WebhookKey;
  readonly targets: WebhookTargets;
  readonly #around: Surroundings;
  readonly #watch: Watch;
  readonly #dispatcher: Dispatcher;
  readonly #tokens: WakeTokens;
  readonly #publicUrl: string | undefined;
  readonly #node = newLife();
  readonly #stopping = new AbortController();

  private constructor(parts: SubscriptionParts, key: WebhookKey, tokens: WakeTokens) {
    const { log, clock, service, targets } = parts;
    this.service = service;
    this.key = key;
    this.targets = targets;
    this.#tokens = tokens;
    this.#publicUrl = parts.publicUrl;
    const chain = log.chain(SUBSCRIPTIONS_CHAIN);
    this.#around = {
      log,
      clock,
      service,
      chain,
      steps: new StepQueue(chain),
      stopped: this.#stopping.signal,
    };
    this.#watch = new Watch(this.#around, (id) => this.#dispatcher.act(id));
    const answers = new WebhookAnswers();
    this.deliveries = new ToldDeliveries(this.#around, this.#watch, answers);
    const teller = tellerOf({
      around: this.#around,
      watch: this.#watch,
      node: this.#node,
      tokens,
      key,
      targets,
      answers,
      callbackOf: ({ id, origin }) => this.callbackUrl(id, origin),
      random: parts.random ?? Math.random,
    });
    this.#dispatcher = new Dispatcher(this.#around, this.#watch, this.#node, teller);
    this.management = new Management(this.#around, this.#watch);
  }

  static async open(parts: SubscriptionParts): Promise<Subscriptions> {
    const { log, clock } = parts;
    const [key, tokens] = await Promise.all([WebhookKey.open(log), WakeTokens.open(log, clock)]);
    return new Subscriptions(parts, key, tokens);
  }

  /** Begins to watch, and goes on with the wakes that are in the log. */
  async start(): Promise<void> {
    this.service.onWrite = (name) => this.#watch.heard(name);
    await this.#watch.open();
  }

  /** When something is to be done though nobody writes or asks; see `Ledger.nextDue`. */
  async nextDue(): Promise<number | undefined> {
    await this.#watch.settled();
    return this.#dispatcher.nextDue();
  }

  /** Abandons deliveries under way: other processes, or the next start, go on with them. */
  async stop(): Promise<void> {
    this.service.onWrite = () => {};
    this.#stopping.abort();
    await Promise.all([this.#dispatcher.closed(), this.#watch.closed()]);
  }

  /** The address of the control routes for a client that reached the server at `origin`. */
  baseOf(origin: string): string {
    return (this.#publicUrl ?? origin) + CONTROL;
  }

  callbackUrl(id: string, origin: string): string {
    return `${this.baseOf(origin)}/subscriptions/${encodeURIComponent(id)}/callback`;
  }

  /**
   * Creates a subscription or finds it; `owner` is the key that it counts for. Throws
   * `WEBHOOK_URL_REJECTED`, and 409.
   */
  create(
    id: string,
    config: Config,
    origin: string,
    owner?: string,
  ): Promise<{ subscription: Subscription; isNew: boolean }> {
    if (config.url !== null) this.targets.check(config.url);
    return this.management.create(id, config, origin, owner);
  }

  /** Gives a worker the lease of a pull-wake. Throws 409 where there is none to give. */
  async claim(id: string, worker: string): Promise<Claimed> {
    const known = await this.#pullWake(id);
    if (known.wake !== null) await this.#watch.look(known.wake.stream);
    await this.#watch.settled();
    const news = { tails: this.#watch.offer(id), by: this.#node };
    const subscription = await this.#around.chain.execute(claim(id, worker, news));
    if (subscription === undefined || subscription.wake === null) {
      throw new SubscriptionRefusal("NO_PENDING_WORK", "No stream has news");
    }
    await this.#watch.reach();
    const { life, generation, wake } = subscription;
    return {
      subscription,
      token: this.#tokens.make(id, { life, generation, wake: wake.id }),
      streams: toldStreams(this.#watch, subscription),
    };
  }

  /** The wake that a token proves. Throws 401, before anything else of its request is looked at. */
  proof(id: string, token: string | undefined): Proof {
    return this.#tokens.read(token, id);
  }

  /** Takes a pull-wake worker's report. Returns whether another wake follows. */
  async ack(id: string, proof: Proof, body: ReportBody): Promise<boolean> {
    refuseOther(proof, body);
    await this.#pullWake(id);
    return await this.#report(id, proof, body);
  }

  /** Takes a webhook's report. Returns whether another wake follows. */
  async callback(id: string, proof: Proof, body: ReportBody): Promise<boolean> {
    refuseOther(proof, body);
    const { config } = await this.management.get(id);
    if (config.type !== "webhook") throw invalid("The subscription is not a webhook");
    return await this.#report(id, proof, body);
  }

  /** Takes back a lease that a worker gives up. */
  async release(id: string, proof: Proof, body: ReportBody): Promise<void> {
    refuseOther(proof, body);
    await this.#pullWake(id);
    await this.#around.chain.execute(release(id, proof, await this.#news(id)));
  }

  async #pullWake(id: string): Promise<Subscription> {
    const subscription = await this.management.get(id);
    if (subscription.config.type === "pull-wake") return subscription;
    throw invalid("The subscription is not a pull-wake");
  }

  async #report(id: string, proof: Proof, { acks, done }: ReportBody): Promise<boolean> {
    const tails = new Map<string, Layout>();
    await Promise.all(acks.map(async ({ stream }) => {
      const layout = await this.#watch.layout(stream);
      if (layout !== undefined) tails.set(stream, layout);
    }));
    const report = {
      acks: acks.map(({ stream, offset }) => ({ path: stream, at: offset })),
      tails,
      isDone: done,
      isSnapshot: false,
    };
    const { chain } = this.#around;
    return await chain.execute(ack(id, proof, report, await this.#news(id, tails)));
  }

  async #news(id: string, first?: ReadonlyMap<string, Layout>) {
    await this.#watch.settled();
    return { tails: this.#watch.offer(id, first), by: this.#node };
  }
}

/** Throws 409 where a body names another wake than its token proves. */
function refuseOther({ wake, generation: proven }: Proof, body: ReportBody): void {
  if (wake !== body.wake_id || proven !== body.generation) throw fenced();
}
