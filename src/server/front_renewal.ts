import type { Log } from "../log/log.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { Owner } from "../web/owner.ts";
import type { Mounted } from "./mounted.ts";
import type { Renewable } from "./renewable.ts";
import { isLedgers } from "./renewal.ts";
import { GO_ON_SURVEY, PAUSE_SURVEY } from "./threads/renewal_surveys.ts";

/** What the ledgers of a front are made anew of. */
export interface FrontRenewalContext {
  readonly owner: Owner;
  readonly log: Log;
  readonly sockets: SocketHub;
  /** The ledgers at work, which are replaced by others. */
  readonly mounted: Mounted[];
  readonly renewable: Renewable;
  create(): Promise<Mounted[]>;
}

/**
 * Has a front do what the owner of the log does where chains go back: its requests wait meanwhile, and
 * then its ledgers are made anew, as all that they have in memory is of what was.
 */
export function renewsWithOwner(
  { owner, log, sockets, mounted, renewable, create }: FrontRenewalContext,
): void {
  owner.survey<void>(PAUSE_SURVEY, async () => {
    for (const { ledger } of mounted) ledger.drain?.();
    await renewable.pause();
  });
  owner.survey<void, boolean>(GO_ON_SURVEY, async (isRenewed) => {
    try {
      if (!isRenewed) return;
      const endFollowers = await log.retire(isLedgers);
      await endFollowers();
      await Promise.allSettled(mounted.map(({ ledger }) => ledger.stop()));
      mounted.splice(0, mounted.length, ...await create());
      renewable.remake();
      sockets.renew();
    } finally {
      renewable.goOn();
    }
  });
}
