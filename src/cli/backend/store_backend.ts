import { systemClock } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { CUT } from "../../kv/life.ts";
import { openStore } from "../../kv/open.ts";
import type { Store } from "../../kv/store.ts";
import { contentOf } from "../../streams/chain/append_request.ts";
import { StreamService } from "../../streams/chain/service.ts";
import { damagedKept } from "../../log/kept.ts";
import { Log } from "../../log/log.ts";
import { shown } from "../../server/admin/keys.ts";
import { ChainTools } from "../../server/admin/chain_tools.ts";
import { KeyStore } from "../../server/keys/key_store.ts";
import { chainProjection } from "../../server/projections.ts";
import { outdatedChains } from "../../server/upgrade.ts";
import type { Backend } from "./backend.ts";
import { followAllIn } from "./follow_all_in.ts";

const JSON_TYPE = "application/json";

/**
 * A store that this process opens itself. Throws `store_refused` where a server has it open, or a
 * later version of the program has written it.
 */
export async function openStoreBackend(location: string): Promise<Backend> {
  const store = await opened(location);
  const log = new Log(store, { projectionOf: chainProjection });
  try {
    // Nothing may be read or written by rules that are not those of the store.
    await outdatedChains(log);
  } catch (error) {
    store.close();
    throw error;
  }
  const tools = new ChainTools(log);
  const keys = new KeyStore(log);
  /** Refuses a write to a store that is read-only. */
  const write = () => {
    if (store.readOnly !== undefined) throw new LedgerError("store_refused", store.readOnly);
  };
  let closing: Promise<void> | undefined;
  const close = async () => {
    await log.close();
    await store.life?.note();
    store.close();
  };
  return {
    description: store.description,
    chains: (prefix) => tools.summaries(prefix),
    read: (chain, query) => tools.lines(chain, query),
    follow: (chain, query, signal) => tools.follow(chain, query, signal),
    followAll: (query, signal) => followAllIn(log, query, signal),
    export: (chain, progress, unreadable) => tools.export(chain, progress, unreadable),
    backup: () => tools.backup(),
    import: (lines, progress) => (write(), tools.import(lines, progress)),
    verify: (chain, progress) => tools.verify(chain, progress),
    damagedKept: async () => [
      ...(store.life?.isCut === true ? [{ name: store.description, reason: CUT }] : []),
      ...await damagedKept(store),
    ],
    compareRows: (chain) => tools.compareRows(chain),
    rebuild: async (chain) => (write(), await tools.rebuild(chain)),
    append: (
      stream,
      batches,
    ) => (write(), append(new StreamService(log, systemClock), stream, batches)),
    keys: {
      list: async () => (await keys.list()).map(shown),
      create: async (request) => {
        write();
        const { key, secret } = await keys.create(request);
        return { ...shown(key), key: secret };
      },
      revoke: async (id) => {
        write();
        const changed = await keys.revoke(id);
        if (changed === undefined) throw new LedgerError("key_unknown", `There is no key ${id}`);
        return shown(changed.key);
      },
    },
    close: () => closing ??= close(),
  };
}

/** Opens the store; where a server has it, says what to do instead. */
async function opened(location: string): Promise<Store> {
  try {
    return await openStore(location, systemClock, { mayBeReadOnly: true });
  } catch (error) {
    const isHeld = error instanceof LedgerError && error.message.includes("Another process");
    if (!isHeld) throw error;
    throw new LedgerError(
      error.code,
      `${error.message}. Where that is a server, ask it: leave out --store, and give its address ` +
        "by --url or LEDGER_URL where it is not http://localhost:8000",
      error.details,
      error,
    );
  }
}

async function* append(
  service: StreamService,
  stream: string,
  batches: AsyncIterable<readonly string[]>,
): AsyncGenerator<number> {
  await service.create(stream, {
    contentType: JSON_TYPE,
    lifetime: { ttl: null, expiresAt: null },
    closed: false,
    body: new Uint8Array(),
    contentOf,
    fork: undefined,
  });
  const encoder = new TextEncoder();
  for await (const batch of batches) {
    const content = await contentOf(encoder.encode(`[${batch.join(",")}]`), JSON_TYPE);
    await service.append(stream, { content, closes: false, seq: undefined, producer: undefined });
    yield batch.length;
  }
}
