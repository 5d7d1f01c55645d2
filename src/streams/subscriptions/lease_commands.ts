import type { Command, Draft } from "../../log/command.ts";
import type { Layout } from "../chain/layout.ts";
import { fenced, SubscriptionRefusal } from "./errors.ts";
import { emit, existingSubscription } from "./manage_commands.ts";
import { ackedPosition, placedAt, type Tails } from "./pending.ts";
import { type Link, linkRow, type Subscription } from "./state.ts";
import { firstPending, isOver, type News, wakeIfPending, wakeOf } from "./wake_commands.ts";

/** The wake that a request's token proves: the fencing token of its lease. */
export interface Proof {
  readonly life: number;
  readonly generation: number;
  readonly wake: string;
}

/** How far a worker has come with a stream. */
export interface Ack {
  readonly path: string;
  readonly at: string;
}

/** What a worker reports. */
export interface Report {
  readonly acks: readonly Ack[];
  readonly isDone: boolean;
  /** The streams of the acks, as they were after the request came. */
  readonly tails: Tails;
  /** Whether the acks are the server's own, of what it delivered: one that is stale is ignored. */
  readonly isSnapshot: boolean;
}

/**
 * Gives the wake in flight, or a new one, to a worker. Undefined where there is nothing to do, which
 * ends a wake that was told of. Throws 409 while another worker has it.
 */
export function claim(id: string, worker: string, news: News): Command<Subscription | undefined> {
  return async (tx) => {
    const subscription = await existingSubscription(tx, id);
    const { wake, config, generation, isReady } = subscription;
    const isHeld = wake?.phase === "held" && !isOver(wake, tx.time);
    if (isHeld) {
      const facts = { current_holder: wake.worker ?? "", generation };
      throw new SubscriptionRefusal("ALREADY_CLAIMED", "Another worker holds it", facts);
    }
    const stream = isReady ? await firstPending(tx, subscription, news.tails) : undefined;
    const isUsable = wake !== null && stream !== undefined && !isOver(wake, tx.time);
    if (wake !== null && !isUsable) await emit(tx, { type: "ended", id, isDone: false });
    if (stream === undefined) return undefined;
    if (!isUsable) await emit(tx, wakeOf(tx, subscription, { stream, by: news.by }));
    await emit(tx, { type: "claimed", id, worker, until: tx.time + config.lease });
    return await existingSubscription(tx, id);
  };
}

/**
 * Moves cursors and keeps the lease, or ends the wake where the worker is done. Returns whether
 * another wake follows. Throws 409 for a wake that is over, and for an offset that is none.
 */
export function ack(id: string, proof: Proof, report: Report, news: News): Command<boolean> {
  return async (tx) => {
    const subscription = await proven(tx, id, proof);
    const acks = await newAcks(tx, subscription, report);
    if (acks.length > 0) await emit(tx, { type: "acked", id, acks });
    if (!report.isDone) {
      await emit(tx, { type: "extended", id, until: tx.time + subscription.config.lease });
      return false;
    }
    return await endAndWake(tx, subscription, news);
  };
}

/** Gives a lease back; another wake follows where streams are pending. */
export function release(id: string, proof: Proof, news: News): Command<boolean> {
  return async (tx) => {
    const subscription = await proven(tx, id, proof);
    return await endAndWake(tx, subscription, news);
  };
}

/** Ends a wake that a worker is done with. Returns whether another follows. */
async function endAndWake(tx: Draft, subscription: Subscription, news: News) {
  await emit(tx, { type: "ended", id: subscription.id, isDone: true });
  const next = await wakeIfPending(tx, subscription, news);
  for (const told of next) await emit(tx, told);
  return next.length > 0;
}

async function proven(tx: Draft, id: string, proof: Proof): Promise<Subscription> {
  const subscription = await existingSubscription(tx, id);
  const { wake, life, generation } = subscription;
  const isSame = wake?.id === proof.wake && life === proof.life && generation === proof.generation;
  if (wake === null || !isSame || isOver(wake, tx.time)) throw fenced();
  return subscription;
}

/** The acks that move a cursor. One for a stream that was deleted meanwhile has nothing to move. */
async function newAcks(tx: Draft, { life }: Subscription, report: Report): Promise<Ack[]> {
  const moved = new Map<string, Ack>();
  for (const ack of report.acks) {
    const { path, at } = ack;
    const link = await tx.get<Link>(linkRow(life, path));
    const layout = report.tails.get(path);
    const before = moved.get(path)?.at ?? link?.acked;
    const fault = before === undefined
      ? `${path} is not linked`
      : layout === undefined
      ? undefined
      : faultOf(ack, layout, before);
    if (fault !== undefined && !report.isSnapshot) {
      throw new SubscriptionRefusal("INVALID_OFFSET", fault);
    }
    if (fault === undefined && layout !== undefined && at !== before) moved.set(path, ack);
  }
  return [...moved.values()];
}

/** What is wrong with an ack of a stream that is processed up to `before`. */
function faultOf({ path, at }: Ack, layout: Layout, before: string): string | undefined {
  const position = placedAt(layout, at);
  if (position === undefined) return `${at} is no offset of ${path}`;
  if (position < ackedPosition(layout, before)) return `${path} is acked beyond ${at} already`;
  return undefined;
}
