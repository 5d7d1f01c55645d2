/**
 * Rows are read by whichever program opens the store next: when the same events make other rows, the
 * projection's version has to be another, or that program answers wrongly.
 */
import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Store } from "../../src/kv/store.ts";
import { rowOfKey, rowRange } from "../../src/log/keys.ts";
import { LAYOUT } from "../../src/log/versions.ts";
import { ChainTools } from "../../src/server/admin/chain_tools.ts";
import { linesOfBody } from "../../src/server/admin/lines.ts";
import { chainProjection } from "../../src/server/projections.ts";
import { inMemory } from "../support/chains.ts";
import { unpack } from "../vectors/stores/unpack.ts";

/** A fixed history: an export of a store that has something of everything. */
const HISTORY = join(import.meta.dirname ?? ".", "../vectors/stores/65711f9.ndjson.gz");

/** What the history makes of the chains whose names begin so; the first that fits counts. */
const ROWS: Readonly<Record<string, { layout: number; version: number; fingerprint: string }>> = {
  "hierachain/": {
    layout: 1,
    version: 1,
    fingerprint: "a9f41e4e3c7f5b3169219810fc4727c54e170e27e9e29bc6cdf4e781c547501e",
  },
  "hathor/__jobs/": {
    layout: 1,
    version: 1,
    fingerprint: "148766404165697e4247bb8a8008c1e67856dd798131dcc9d2752af9421b7209",
  },
  "hathor/": {
    layout: 1,
    version: 4,
    fingerprint: "0c2fccfddbb8d6533b3b115ff0a2cb9fcaa95509b3bbd1489df82819d3327114",
  },
  "bigchaindb/chain": {
    layout: 1,
    version: 3,
    fingerprint: "f7635802f0d5ac485e672c29b82e2fe461a358fe9cdb625181b355fd102cd6e6",
  },
  "planetmint/chain": {
    layout: 1,
    version: 3,
    fingerprint: "943cea44d0aa87cf5f44cd802c7a3213c3c51e18db02aad491ea6392a8a7089f",
  },
  "streams/__ds/subscriptions": {
    layout: 1,
    version: 2,
    fingerprint: "57083a89d4b7dd63cc251eb7c8e42fd36ddb0118c7a52727e9c2096e513e9456",
  },
  "streams/": {
    layout: 1,
    version: 2,
    fingerprint: "946ed42cc3620a74d4d227dc109f344dc688dbecf602065f10a8f50554af5c16",
  },
  "ledgerline/keys": {
    layout: 1,
    version: 1,
    fingerprint: "99c4a3951f7d4dec2600c30eec502e9c32baa69eb494a54e6147a2776d242408",
  },
};

const ADVICE = "raise its version, put that and the new fingerprint here, and add the store of " +
  "before to tests/vectors/stores, as its README says";

function kindOf(chain: string): string | undefined {
  return Object.keys(ROWS).find((prefix) => chain.startsWith(prefix));
}

Deno.test("rows that change have a version that changes", async () => {
  await inMemory(async (log, store) => {
    const tools = new ChainTools(log);
    const lines = linesOfBody(new Blob([new Uint8Array(await unpack(HISTORY))]).stream());
    const chains: string[] = [];
    for await (const { chain } of tools.import(lines)) chains.push(chain);
    const kinds = Object.groupBy(chains, (chain) => kindOf(chain) ?? "");
    assertEquals(Object.keys(kinds).sort(), Object.keys(ROWS).sort(), "kinds of chains");
    for (const [kind, wanted] of Object.entries(ROWS)) {
      const named = (kinds[kind] ?? []).sort();
      const versions = new Set(named.map((chain) => chainProjection(chain)?.version));
      const found = { layout: LAYOUT, versions, fingerprint: await fingerprintOf(store, named) };
      const { layout, version, fingerprint } = wanted;
      assertEquals(
        found,
        { layout, versions: new Set([version]), fingerprint },
        `the rows of ${kind} changed: ${ADVICE}`,
      );
    }
  }, { projectionOf: chainProjection });
});

/** SHA-256 of all rows of some chains as they are stored, in order of their keys. */
async function fingerprintOf(store: Store, chains: readonly string[]): Promise<string> {
  assert(chains.length > 0);
  const hash = createHash("sha256");
  for (const chain of chains) {
    for (const { key, value } of await store.list(rowRange(chain, 0, []), 100_000)) {
      assert(value instanceof Uint8Array);
      hash.update(JSON.stringify([chain, rowOfKey(key), value.toBase64()]));
    }
  }
  return hash.digest("hex");
}
