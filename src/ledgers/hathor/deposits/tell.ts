import type { Command, Draft } from "../../../log/command.ts";
import type { BlockPlace } from "../rows/rows.ts";
import {
  type DepositNotice,
  endedEvent,
  noticeEvent,
  type NoticeKind,
  NoticeType,
  watchedEvent,
} from "./notices.ts";
import { type PaidRow, paidRow, WATCH, type WatchRow } from "./notice_rows.ts";

/** An output that pays to what a subscription watches. */
export interface WatchedOutput {
  readonly output: number;
  readonly address: string | null;
  /** Of the xpub's addresses. */
  readonly index: number | null;
  readonly token: string;
  readonly amount: bigint;
  readonly timelock: number | null;
}

/** What holds of a transaction, or a block, that pays. */
export interface Paid {
  readonly tx: string;
  readonly payments: readonly WatchedOutput[];
  readonly isChange: boolean;
  readonly standing: Standing;
}

/** Whether a payment counts, and the block that confirms it; or why it does not count. */
export type Standing =
  | { readonly counts: true; readonly block: BlockPlace | undefined }
  | { readonly counts: false; readonly reason: NonNullable<DepositNotice["reason"]> };

/** The network as it is after one of its events. */
export interface Moment {
  /** The id of the event. */
  readonly event: number;
  /** The height of the best block; undefined while it is not known. */
  readonly height: number | undefined;
}

/** Whose notices they are. */
export interface Listener {
  readonly id: string;
  readonly life: number;
  readonly network: string;
  readonly confirmations: number;
}

/**
 * Tells what has become of payments, unless it is told already: each event of the network counts
 * once for a payment, in order. So any process may tell, at any time and again: what there is to tell
 * follows from the network's log and what was told, which a commit checks.
 */
export function tell(watched: Listener, moment: Moment, paid: readonly Paid[]): Command<void> {
  return async (tx) => {
    const watch = await tx.get<WatchRow>(WATCH);
    if (watch?.life !== watched.life || watch.isEnded) return;
    for (const one of paid) await tellOf(tx, watched, moment, one);
  };
}

/** Begins a subscription's stream after an event of the network, unless it has begun. */
export function begin({ id, life, network }: Listener, after: number): Command<void> {
  return async (tx) => {
    const watch = await tx.get<WatchRow>(WATCH);
    if (watch?.life === life) return;
    await tx.emit(watchedEvent({ subscription: id, network, life, event: after }));
  };
}

/** Ends a subscription's stream. */
export function end({ id, life, network }: Omit<Listener, "confirmations">): Command<void> {
  return async (tx) => {
    const watch = await tx.get<WatchRow>(WATCH);
    if (watch?.life !== life || watch.isEnded) return;
    await tx.emit(endedEvent({ subscription: id, network, life, event: watch.at }));
  };
}

/** A change of what holds of a payment. */
interface Step {
  readonly kind: NoticeKind;
  readonly block: BlockPlace | null;
  readonly reason: DepositNotice["reason"];
}

async function tellOf(tx: Draft, watched: Listener, moment: Moment, paid: Paid): Promise<void> {
  const { id, life, network } = watched;
  const row = await tx.get<PaidRow>(paidRow(life, paid.tx));
  if (row !== undefined && row.at >= moment.event) return;
  const payments = row === undefined
    ? paid.payments
    : paid.payments.filter(({ output }) => row.outputs.includes(output));
  let number = row?.number ?? 0;
  for (const { kind, block, reason } of stepsOf(row, paid.standing, watched, moment)) {
    number++;
    const confirmations = kind === NoticeType.undone ? 0 : confirmationsOf(block, moment);
    for (const { output, address, index, token, amount, timelock } of payments) {
      await tx.emit(noticeEvent(kind, {
        id: `${id}/${life}/${paid.tx}/${output}/${number}`,
        subscription: id,
        network,
        life,
        number,
        tx: paid.tx,
        output,
        address,
        address_index: index,
        token,
        amount: `${amount}`,
        timelock,
        is_change: paid.isChange,
        block,
        confirmations,
        reason,
        event: moment.event,
      }));
    }
  }
}

/**
 * What follows for a payment from what was told of it and what holds now. What is seen stays so
 * while it counts, whatever block has it; what is confirmed is so by one block, and undone with it.
 */
function stepsOf(
  row: PaidRow | undefined,
  standing: Standing,
  { confirmations }: Listener,
  moment: Moment,
): Step[] {
  const steps: Step[] = [];
  const { kind } = row ?? { kind: NoticeType.undone };
  const isTold = kind !== NoticeType.undone;
  const undone = (reason: DepositNotice["reason"]) =>
    steps.push({ kind: NoticeType.undone, block: null, reason });
  if (!standing.counts) {
    if (isTold) undone(standing.reason);
    return steps;
  }
  const block = standing.block ?? null;
  const isMoved = kind === NoticeType.confirmed && row?.block !== block?.hash;
  if (isMoved) undone("reorganised");
  if (isMoved || !isTold) steps.push({ kind: NoticeType.seen, block, reason: null });
  const isConfirmed = kind === NoticeType.confirmed && !isMoved;
  if (!isConfirmed && confirmationsOf(block, moment) >= confirmations) {
    steps.push({ kind: NoticeType.confirmed, block, reason: null });
  }
  return steps;
}

/** How many blocks of the best chain confirm what a block has, itself among them. */
function confirmationsOf(block: BlockPlace | null, { height }: Moment): number {
  return block === null || height === undefined ? 0 : Math.max(0, height - block.height + 1);
}
