import { getLogger } from "@logtape/logtape";
import { waitMs, type Waits } from "../../kernel/backoff.ts";
import { messageOf } from "../../kernel/errors.ts";
import { sleep } from "../../kernel/clock.ts";
import { contentOf, OWN_PRODUCERS } from "../chain/append_request.ts";
import { StreamRefusal } from "../chain/errors.ts";
import type { Teller } from "./dispatcher.ts";
import { SubscriptionRefusal } from "./errors.ts";
import { ack } from "./lease_commands.ts";
import { post, type WebhookAnswer } from "./post.ts";
import { Slots } from "./slots.ts";
import type { Subscription, Wake } from "./state.ts";
import type { WakeTokens } from "./token.ts";
import { type ToldStream, toldStreams } from "./told_streams.ts";
import { attempt, noteFailed, noteSent } from "./wake_commands.ts";
import type { Watch } from "./watch.ts";
import type { Surroundings } from "./surroundings.ts";
import type { WebhookAnswers } from "./webhook_answers.ts";
import type { WebhookKey } from "./webhook_key.ts";
import type { WebhookTargets } from "./webhook_targets.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** How long to wait before a webhook is told again (PROTOCOL.md, section 7.1). */
const RETRIES: Waits = { firstMs: 1_000, lastMs: 60_000, jitter: 0.2 };

/** What delivering needs. */
export interface TellerParts {
  readonly around: Surroundings;
  readonly watch: Watch;
  readonly node: string;
  readonly tokens: WakeTokens;
  readonly key: WebhookKey;
  readonly targets: WebhookTargets;
  readonly answers: WebhookAnswers;
  /** The address of a subscription's callback. */
  readonly callbackOf: (subscription: Subscription) => string;
  readonly random: () => number;
}

/** Delivers wakes to webhooks and to wake streams. */
export function tellerOf(parts: TellerParts): Teller {
  const slots = new Slots();
  return (subscription, wake) =>
    subscription.config.type === "webhook"
      ? tellWebhook(parts, slots, subscription, wake)
      : tellStream(parts, subscription, wake);
}

function retryMs(failures: number, random: () => number): number {
  return Math.round(waitMs(failures, RETRIES, random));
}

async function tellWebhook(
  parts: TellerParts,
  slots: Slots,
  { id, config }: Subscription,
  wake: Wake,
): Promise<void> {
  const { around, node, random } = parts;
  const { steps, stopped, log } = around;
  const noteAnswer = (heard: { readonly status?: number; readonly error?: unknown }) =>
    parts.answers.note(id, around.clock.now(), performance.now() - begun, heard);
  let begun = performance.now();
  const release = await slots.take(hostOf(config.url ?? ""));
  try {
    if (stopped.aborted) return;
    const taken = await steps.take(attempt(id, wake.id, node, log.store.exclusive));
    if (taken === undefined || taken.wake === null) return;
    const streams = toldStreams(parts.watch, taken);
    begun = performance.now();
    let answer: WebhookAnswer | undefined;
    try {
      answer = await send(parts, taken, taken.wake, streams);
      noteAnswer({ status: answer.status });
      if (answer.status < 200 || answer.status > 299) throw new Error(`status ${answer.status}`);
    } catch (error) {
      if (answer === undefined && !stopped.aborted) noteAnswer({ error });
      if (!stopped.aborted) {
        logger.warn("webhook of {id} failed: {error}", { id, error: messageOf(error) });
      }
      // Where this server stops, another process may try at once.
      const wait = stopped.aborted ? 0 : retryMs(taken.failures, random);
      await steps.take(noteFailed(id, wake.id, node, wait, !stopped.aborted));
      return;
    }
    if (answer.isDone) await ackSnapshot(parts, taken, wake, streams);
    else await steps.take(noteSent(id, wake.id, node));
  } finally {
    release();
  }
}

async function send(
  parts: TellerParts,
  subscription: Subscription,
  wake: Wake,
  streams: readonly ToldStream[],
): Promise<WebhookAnswer> {
  const { around: { clock, stopped }, tokens, key, targets } = parts;
  const { id, life, generation, config } = subscription;
  const body = JSON.stringify({
    subscription_id: id,
    wake_id: wake.id,
    generation,
    streams,
    callback_url: parts.callbackOf(subscription),
    callback_token: tokens.make(id, { life, generation, wake: wake.id }),
  });
  const url = targets.check(config.url ?? "");
  const headers = { "webhook-signature": key.signature(body, clock.now()) };
  const ended = new AbortController();
  const late = new AbortController();
  const left = (wake.until ?? 0) - clock.now();
  void sleep(clock, left, ended.signal).then(() => late.abort());
  try {
    return await post(targets, { url, headers, body }, AbortSignal.any([stopped, late.signal]));
  } finally {
    ended.abort();
  }
}

/** Acks all that a webhook was told of: it answered that it is done. */
async function ackSnapshot(
  { around: { chain }, watch, node }: TellerParts,
  { id, life, generation }: Subscription,
  wake: Wake,
  streams: readonly ToldStream[],
): Promise<void> {
  const done = streams.filter(({ has_pending }) => has_pending);
  const tails = new Map(done.flatMap(({ path }) => {
    const layout = watch.tails.get(path);
    return layout === undefined ? [] : [[path, layout]];
  }));
  const acks = done.map(({ path, tail_offset }) => ({ path, at: tail_offset }));
  const report = { acks, tails, isDone: true, isSnapshot: true };
  try {
    const news = { tails: watch.offer(id, tails), by: node };
    await chain.execute(ack(id, { life, generation, wake: wake.id }, report, news));
  } catch (error) {
    // The wake was over already, by a callback or because the subscription is gone.
    if (!(error instanceof SubscriptionRefusal)) throw error;
  }
}

/** Appends to the wake stream as an idempotent producer: exactly once, whichever process tries. */
async function tellStream(
  { around: { steps, service, clock }, node, random }: TellerParts,
  { id, life, generation, config, failures }: Subscription,
  wake: Wake,
): Promise<void> {
  const name = config.wakeStream ?? "";
  const event = JSON.stringify({
    type: "wake",
    subscription_id: id,
    stream: wake.stream,
    generation,
    ts: clock.now(),
  });
  try {
    const { contentType } = await service.state(name);
    await service.append(name, {
      content: await contentOf(new TextEncoder().encode(event), contentType),
      closes: false,
      seq: undefined,
      producer: { id: `${OWN_PRODUCERS}subscriptions/${id}/${life}`, epoch: generation, seq: 0 },
    });
  } catch (error) {
    if (!(error instanceof StreamRefusal)) throw error;
    // Where the event of a later wake is in the stream already, this one is over, and nothing is noted.
    logger.warn("cannot write to wake stream {name}: {error}", { name, error: error.message });
    await steps.take(noteFailed(id, wake.id, node, retryMs(failures, random), true));
    return;
  }
  await steps.take(noteSent(id, wake.id, node));
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "";
}
