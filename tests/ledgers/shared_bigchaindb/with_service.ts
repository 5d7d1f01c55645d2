import { systemClock } from "../../../src/kernel/clock.ts";
import type { Store } from "../../../src/kv/store.ts";
import type { Dialect } from "../../../src/ledgers/shared_bigchaindb/chain/dialect.ts";
import { BigchainService } from "../../../src/ledgers/shared_bigchaindb/chain/service.ts";
import { Log } from "../../../src/log/log.ts";
import { chainProjection } from "../../../src/server/projections.ts";

/** Runs `body` with a ledger on a store, as a process of its own has it, and stops that. */
export async function withService<T>(
  store: Store,
  dialect: Dialect,
  body: (service: BigchainService) => Promise<T>,
  { keepsRejected = false }: { readonly keepsRejected?: boolean } = {},
): Promise<T> {
  const log = new Log(store, { projectionOf: chainProjection });
  const service = new BigchainService(dialect, log, {
    validators: [],
    keepsRejected,
    hasTextSearch: true,
    clock: systemClock,
  });
  try {
    await service.start();
    return await body(service);
  } finally {
    await service.stop();
    await log.close();
  }
}
