import { z } from "zod";
import { LedgerError } from "../../../kernel/errors.ts";
import type { NewEvent, PlacedEvent } from "../../../log/event.ts";

/** The types of the events in a subscription's stream. */
export const NoticeType = {
  /** The subscription begins, after an event of the network. */
  watched: "DEPOSITS_WATCHED",
  seen: "DEPOSIT_SEEN",
  confirmed: "DEPOSIT_CONFIRMED",
  undone: "DEPOSIT_UNDONE",
  ended: "DEPOSITS_ENDED",
} as const;

/** What can become of a payment. */
export type NoticeKind =
  | typeof NoticeType.seen
  | typeof NoticeType.confirmed
  | typeof NoticeType.undone;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

const watching = z.object({
  subscription: z.string(),
  network: z.string(),
  life: count.describe("Tells it from others that had the same id"),
  event: z.int().min(-1).describe("The event of the network that it begins after"),
});

const notice = z.object({
  id: z.string().describe("Names the notice, and no other"),
  subscription: z.string(),
  network: z.string(),
  life: count,
  number: count.min(1).describe("Counts what was told of this output"),
  tx: hash,
  output: count,
  address: z.string().nullable(),
  address_index: count.nullable().describe("Of an address of the xpub"),
  token: z.string(),
  amount: z.string().regex(/^\d+$/).describe("In the token's smallest unit"),
  timelock: count.nullable().describe("It cannot be spent up to this time, in seconds"),
  is_change: z.boolean().describe("The transaction spends from an address that is watched, too"),
  block: z.object({ hash, height: count }).nullable()
    .describe("The block of the best chain that confirms it; null of what is undone"),
  confirmations: count,
  reason: z.enum(["reorganised", "voided", "removed"]).nullable().describe("Why it is undone"),
  event: count.describe("The event of the network after which it holds"),
});

/** What is told of one payment. */
export type DepositNotice = z.infer<typeof notice>;

/** Where a subscription begins. */
export type Watching = z.infer<typeof watching>;

/** What the events of a subscription's stream hold, by their types. */
export const noticeTypes: Readonly<Record<string, z.ZodType>> = {
  [NoticeType.watched]: watching,
  [NoticeType.seen]: notice,
  [NoticeType.confirmed]: notice,
  [NoticeType.undone]: notice,
  [NoticeType.ended]: watching.pick({ subscription: true, network: true, life: true }),
};

/** The log's event of a notice; its keys are what clients may filter by. */
export function noticeEvent(type: NoticeKind, told: DepositNotice): NewEvent {
  const { address, tx, token } = told;
  const keys = [...address === null ? [] : [address], tx, token];
  return { type, keys, data: JSON.stringify(told), memo: told };
}

export function watchedEvent(told: Watching): NewEvent {
  return { type: NoticeType.watched, keys: [told.subscription], data: JSON.stringify(told) };
}

export function endedEvent({ event: _, ...told }: Watching): NewEvent {
  return { type: NoticeType.ended, keys: [told.subscription], data: JSON.stringify(told) };
}

/** Throws `damaged` for an event that tells of no payment. */
export function readNotice({ data, memo }: PlacedEvent): DepositNotice {
  // Memos are made by noticeEvent() alone.
  return memo as DepositNotice | undefined ?? parsedEvent(notice, data);
}

/** Where a subscription begins. Throws `damaged`. */
export function readWatching({ data }: PlacedEvent): Watching {
  return parsedEvent(watching, data);
}

/** The data of an event of deposits. Throws `damaged`. */
export function parsedEvent<T>(schema: z.ZodType<T>, data: string | Uint8Array): T {
  try {
    return schema.parse(JSON.parse(String(data)));
  } catch (error) {
    throw new LedgerError("damaged", "An event of deposits cannot be read", {}, error);
  }
}
