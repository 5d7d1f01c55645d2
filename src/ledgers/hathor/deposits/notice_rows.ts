import type { PlacedEvent } from "../../../log/event.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Projection, Rows } from "../../../log/projection.ts";
import { type NoticeKind, NoticeType, readNotice, readWatching } from "./notices.ts";

/** How far a subscription has told. */
export type WatchRow = {
  readonly life: number;
  /** The last event of the network that something was told of, or that it begins after. */
  readonly at: number;
  /** The greatest index of the xpub's addresses that was paid to; -1 where none was. */
  readonly used: number;
  readonly isEnded: boolean;
};

/** What was told last of the payments of one transaction. */
export type PaidRow = {
  readonly kind: NoticeKind;
  readonly at: number;
  /** How often the outputs were told of. */
  readonly number: number;
  /** The block that confirms it. */
  readonly block: string | null;
  /** The outputs that are told of. */
  readonly outputs: readonly number[];
};

/** The rows of a subscription's stream: `["watch"]`, and `["tx", life, hash]` for what was paid. */
export const WATCH: RowKey = ["watch"];

export function paidRow(life: number, tx: string): RowKey {
  return ["tx", life, tx];
}

export const noticeProjection: Projection = {
  version: 1,
  async apply(event, rows) {
    switch (event.type) {
      case NoticeType.watched: {
        const { life, event: at } = readWatching(event);
        rows.set(WATCH, { life, at, used: -1, isEnded: false } satisfies WatchRow);
        return;
      }
      case NoticeType.ended: {
        const known = await rows.get<WatchRow>(WATCH);
        if (known !== undefined) rows.set(WATCH, { ...known, isEnded: true });
        return;
      }
      case NoticeType.seen:
      case NoticeType.confirmed:
      case NoticeType.undone:
        await applyNotice(event, event.type, rows);
    }
  },
};

async function applyNotice(event: PlacedEvent, kind: NoticeKind, rows: Rows): Promise<void> {
  const { life, tx, output, number, block, address_index: index, event: at } = readNotice(event);
  const watch = await rows.get<WatchRow>(WATCH);
  const used = Math.max(watch?.used ?? -1, index ?? -1);
  const last = Math.max(watch?.at ?? -1, at);
  rows.set(WATCH, { life, at: last, used, isEnded: false } satisfies WatchRow);
  const key = paidRow(life, tx);
  const known = await rows.get<PaidRow>(key);
  const outputs = known?.outputs ?? [];
  rows.set(
    key,
    {
      kind,
      at,
      number,
      block: block?.hash ?? null,
      outputs: outputs.includes(output) ? outputs : [...outputs, output],
    } satisfies PaidRow,
  );
}
