import { getLogger } from "@logtape/logtape";
import { sleep } from "../../../kernel/clock.ts";
import { isDamage, messageOf } from "../../../kernel/errors.ts";
import { depositRow } from "./book.ts";
import type { DepositService } from "./deposit_service.ts";
import { WATCH, type WatchRow } from "./notice_rows.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** Milliseconds for which what an ended subscription has told can be read still. */
export const ENDED_MS = 24 * 60 * 60 * 1_000;

/** Milliseconds between two looks for such. */
const LOOK_MS = 60 * 60 * 1_000;

/** Takes the streams of subscriptions away that have ended a day ago, while `stopped` is not aborted. */
export async function giveRoomBack(
  service: DepositService,
  stopped: AbortSignal,
): Promise<void> {
  const { log, book, node: { clock } } = service;
  const prefix = service.streamOf("");
  while (!stopped.aborted) {
    await sleep(clock, LOOK_MS, stopped);
    try {
      for await (const { name, head } of log.chains(prefix)) {
        if (stopped.aborted) return;
        if (clock.now() - head.time < ENDED_MS) continue;
        const chain = log.chain(name);
        const isOver = async () =>
          (await chain.row<WatchRow>(WATCH))?.isEnded === true &&
          await book.row(depositRow(name.slice(prefix.length))) === undefined;
        // One that is damaged stays, so that it can be told what is wrong with it.
        if (await isOver().catch((error) => isDamage(error) ? false : Promise.reject(error))) {
          await chain.drop(isOver);
        }
      }
    } catch (error) {
      if (stopped.aborted) return;
      logger.warn("ended deposits are not taken away: {error}", { error: messageOf(error) });
    }
  }
}
