import { systemClock } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { openStore } from "../../kv/open.ts";
import { contentOf } from "../../ledgers/streams/append_request.ts";
import { StreamService } from "../../ledgers/streams/service.ts";
import { Log } from "../../log/log.ts";
import { shown } from "../../server/admin/keys.ts";
import { ChainTools } from "../../server/admin/chain_tools.ts";
import { KeyStore } from "../../server/keys/key_store.ts";
import { projectionOf } from "../../server/projections.ts";
import type { Target } from "./target.ts";

const JSON_TYPE = "application/json";

/** A store that this process opens itself. Throws `store_refused` where a server has it open. */
export async function openStoreTarget(location: string): Promise<Target> {
  const store = await openStore(location);
  const log = new Log(store);
  const tools = new ChainTools(log, projectionOf);
  const keys = new KeyStore(log);
  return {
    description: store.description,
    chains: (prefix) => tools.summaries(prefix),
    read: (chain, query) => tools.lines(chain, query),
    follow: (chain, query, signal) => tools.follow(chain, query, signal),
    export: (chain, progress) => tools.export(chain, progress),
    import: (lines, progress) => tools.import(lines, progress),
    verify: (chain, progress) => tools.verify(chain, progress),
    compareRows: (chain) => tools.compareRows(chain),
    rebuild: (chain) => tools.rebuild(chain),
    append: (stream, batches) => append(new StreamService(log, systemClock), stream, batches),
    keys: {
      list: async () => (await keys.list()).map(shown),
      create: async (request) => {
        const { key, secret } = await keys.create(request);
        return { ...shown(key), key: secret };
      },
      revoke: async (id) => {
        const changed = await keys.revoke(id);
        if (changed === undefined) throw new LedgerError("key_unknown", `There is no key ${id}`);
        return shown(changed.key);
      },
    },
    async close() {
      await log.close();
      store.close();
    },
  };
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
