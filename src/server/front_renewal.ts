import type { Log } from "../log/log.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { Owner } from "../web/owner.ts";
import type { Mounted } from "./mounted.ts";
import type { Renewable } from "./renewable.ts";
import { isLedgers } from "./renewal.ts";
import { GO_ON_SURVEY, PAUSE_SURVEY, SETTLED_TASK } from "./threads/renewal_surveys.ts";

/** What the ledgers of a front are made anew of. */
export interface FrontRenewalContext {
  readonly owner: Owner;
  readonly log: Log;
  readonly sockets: Pick<SocketHub, "renew">;
  /** Where its ledgers are put, which are replaced by others. */
  readonly mounted: Mounted[];
  readonly renewable: Renewable;
  create(): Promise<Mounted[]>;
}

/**
 * Makes the ledgers of a front, and has it do what the owner of the log does where chains go back: its
 * requests wait meanwhile, and then its ledgers are made anew, as all that they have in memory is of
 * what was. The owner knows of a front when that says that it listens, and chains may have gone back
 * since it began: so requests wait until what is returned is called then, and knows of none.
 */
export async function renewsWithOwner(
  { owner, log, sockets, mounted, renewable, create }: FrontRenewalContext,
): Promise<() => Promise<void>> {
  // It is the owner who knows.
  const settled = owner.task<void, number>(SETTLED_TASK, () => Promise.resolve(0));
  let isPaused = false;
  let isStale = false;
  owner.survey<void>(PAUSE_SURVEY, async () => {
    isPaused = true;
    for (const { ledger } of mounted) ledger.drain?.();
    await renewable.pause();
  });
  const renew = async () => {
    isStale = false;
    const endFollowers = await log.retire(isLedgers);
    await endFollowers();
    await Promise.allSettled(mounted.map(({ ledger }) => ledger.stop()));
    mounted.splice(0, mounted.length, ...await create());
    renewable.remake();
    sockets.renew();
  };
  let renewing: Promise<void> = Promise.resolve();
  const goOn = async (isRenewed: boolean) => {
    try {
      if (isRenewed || isStale) renewing = renewing.catch(() => {}).then(renew);
      await renewing;
    } finally {
      if (!isPaused) renewable.goOn();
    }
  };
  owner.survey<void, boolean>(GO_ON_SURVEY, async (isRenewed) => {
    isPaused = false;
    await goOn(isRenewed);
  });
  await renewable.pause();
  const before = await settled();
  mounted.push(...await create());
  return async () => {
    isStale = await settled() !== before;
    if (!isPaused) await goOn(false);
  };
}
