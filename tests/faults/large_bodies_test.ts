import { assertEquals } from "@std/assert";
import { rawRequest } from "../support/raw_http.ts";
import { withFolder, withProcess } from "../support/server.ts";

/** A heap in which what ten of these bodies are parsed into has no room. */
const HEAP = { DENO_V8_FLAGS: "--max-old-space-size=320" };

const BODIES = 10;

const JSON_TYPE = { "content-type": "application/json" };

/** Empty objects are what becomes largest. */
const objects = (bytes: number) => `[${"{},".repeat(bytes / 3 - 2)}{}]`;

const LARGE: readonly (readonly [path: string, body: string, status: number])[] = [
  ["/hierachain/api/ledger/chains/c/events", objects(1_000_000), 422],
  ["/hierachain/api/business/organizations", objects(1_000_000), 422],
  ["/hierachain/graphql", `{"query":"{a}","variables":{"a":${objects(1_000_000)}}}`, 400],
  ["/bigchaindb/api/v1/transactions", `{"a":${objects(700_000)}}`, 400],
  ["/planetmint/api/v1/transactions", `{"a":${objects(700_000)}}`, 400],
  ["/v1/stream/s", objects(900_000), 413],
];

for (const threads of [1, 3]) {
  Deno.test(`many large bodies at once need no more memory than a few, on ${threads} threads`, async () => {
    await withFolder((folder) =>
      withProcess([`--threads=${threads}`, `--store=${folder}/ledger.db`], async (server) => {
        const main = server.origin("main");
        await rawRequest(main, "POST", "/hierachain/api/ledger/chains/c/create");
        await rawRequest(main, "PUT", "/v1/stream/s", JSON_TYPE);
        for (const [path, body, status] of LARGE) {
          const answers = await Promise.all(
            Array.from({ length: BODIES }, () => rawRequest(main, "POST", path, JSON_TYPE, body)),
          );
          assertEquals(answers.map((answer) => answer.status), Array(BODIES).fill(status), path);
        }
      }, HEAP)
    );
  });
}
