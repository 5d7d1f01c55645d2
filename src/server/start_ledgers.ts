import { getLogger } from "@logtape/logtape";
import { isDamage, LedgerError } from "../kernel/errors.ts";
import type { Ledger, LedgerContext, LedgerDefinition } from "../web/ledger.ts";
import type { RemoteFollowing } from "./remote_following.ts";
import type { Mounted } from "./mounted.ts";
import { noOperation } from "../web/described.ts";
import { problemOf } from "../web/problem.ts";

const logger = getLogger(["ledgerline", "server"]);

/** How ledgers are started. */
export interface LedgersStart {
  /** Says which chains have begun another life, for a store that is a copy, or chains that went back. */
  readonly isOver?: ((chain: string) => boolean) | undefined;
  /** Says of which ledgers another server decides what their chains have. */
  readonly following?: Pick<RemoteFollowing, "isFollowed" | "owner"> | undefined;
  /** Called for each before it begins. */
  readonly prepare?: ((mounted: Mounted) => void) | undefined;
}

/**
 * Starts ledgers; `mounted` holds those that have begun, also where one of them throws. A ledger that meets damage is served as far as it can be: it answers
 * `damaged` where it is, and the others are not affected.
 */
export async function startLedgers(
  ledgers: readonly LedgerDefinition[],
  context: LedgerContext,
  { isOver, following, prepare }: LedgersStart,
  mounted: Mounted[],
): Promise<void> {
  // Side by side: what each waits for is mostly the store.
  const begun = ledgers.map(async (definition) => {
    const isFollowed = following?.isFollowed(definition) === true;
    const owner = following?.owner(context.owner, definition) ?? context.owner;
    const ledger = await createLedger(definition, { ...context, owner });
    mounted.push({ definition, ledger });
    try {
      prepare?.({ definition, ledger });
      if (isFollowed) return await ledger.startCopy?.();
      if (isOver !== undefined) await ledger.beginNewLife?.(isOver);
      await ledger.start();
    } catch (error) {
      told(definition, error);
    }
  });
  // Those that have begun are stopped only when none is beginning any more.
  const ends = await Promise.allSettled(begun);
  mounted.sort((a, b) => ledgers.indexOf(a.definition) - ledgers.indexOf(b.definition));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Makes a ledger; one that meets damage answers so. */
export async function createLedger(
  definition: LedgerDefinition,
  context: LedgerContext,
): Promise<Ledger> {
  try {
    return await definition.create(context);
  } catch (error) {
    return damagedLedger(told(definition, error));
  }
}

/** Logs damage; throws any other error. */
function told({ name }: LedgerDefinition, error: unknown): LedgerError {
  if (!isDamage(error)) throw error;
  logger.error("{ledger} meets damage: {error}", { ledger: name, error: error.message });
  return error;
}

/** Stands for a ledger that could not be created: every answer is the error. */
function damagedLedger(error: LedgerError): Ledger {
  return {
    routes: (app) => void app.all("*", noOperation(() => problemOf(error))),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
