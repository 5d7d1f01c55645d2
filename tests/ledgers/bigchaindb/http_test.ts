import { assertEquals, assertThrows } from "@std/assert";
import { type PyJson, valueAt } from "../../../src/python/json.ts";
import { oneAssetFilter, textSearch } from "../../../src/ledgers/bigchaindb/requests.ts";
import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { ArgumentError } from "../../../src/ledgers/shared_bigchaindb/http/arguments.ts";
import { restfulBody } from "../../../src/ledgers/shared_bigchaindb/http/json_bodies.ts";
import { TransactionRefused } from "../../../src/ledgers/shared_bigchaindb/transaction/refusal.ts";
import {
  blockFilter,
  outputFilter,
  postMode,
} from "../../../src/ledgers/shared_bigchaindb/http/requests.ts";
import { apiRootBody, rootBody } from "../../../src/ledgers/shared_bigchaindb/http/roots.ts";
import { parsed } from "../shared_bigchaindb/rules.ts";
import { objectsAt, readVectors, textAt } from "../../support/vectors.ts";
import model from "../../vectors/bigchaindb_model.json" with { type: "json" };

const WS = "ws://localhost:9985";

Deno.test("the roots are those of BigchainDB 2.2.2", () => {
  const root = '{"api":{"v1":{"assets":"/api/v1/assets/","blocks":"/api/v1/blocks/","docs":' +
    '"https://docs.bigchaindb.com/projects/server/en/v2.2.2/http-client-server-api.html",' +
    '"metadata":"/api/v1/metadata/","outputs":"/api/v1/outputs/","streams":' +
    '"ws://localhost:9985/api/v1/streams/valid_transactions","transactions":' +
    '"/api/v1/transactions/","validators":"/api/v1/validators"}},"docs":' +
    '"https://docs.bigchaindb.com/projects/server/en/v2.2.2/","software":"BigchainDB",' +
    '"version":"2.2.2"}\n';
  assertEquals(rootBody(bigchaindbDialect.software, WS), root);
  assertEquals(root.length, 467);
  const api = apiRootBody(bigchaindbDialect.software, WS);
  assertEquals(api.length, 304);
  assertEquals(JSON.parse(api).validators, "/validators");
  assertEquals(JSON.parse(api).transactions, "/transactions/");
});

/** What GET shows of a transaction. */
function shown(tx: PyJson): string {
  return restfulBody(bigchaindbDialect.modelOf(parsed(bigchaindbDialect, tx)));
}

Deno.test("GET shows the model of a transaction", () => {
  const bodies = new Map(Object.entries(model.bodies));
  let count = 0;
  for (const vector of objectsAt(readVectors("bigchaindb.json"), "vectors")) {
    const body = bodies.get(textAt(vector, "name"));
    if (body === undefined) continue;
    assertEquals(shown(valueAt(vector, "tx") ?? null), body);
    count++;
  }
  assertEquals(count, bodies.size);
});

Deno.test("a condition that nothing fulfills is shown with the URI it came with", () => {
  const vector = objectsAt(readVectors("bigchaindb.json"), "vectors")
    .find((each) => textAt(each, "name").startsWith("v36"));
  const { outputs } = JSON.parse(shown(vector && valueAt(vector, "tx") || null));
  assertEquals(outputs[0].condition.uri.startsWith("ni:///sha-256;"), true);
});

const ID = "AB".repeat(32);
const KEY = "3i6jxHyjg142F9pEsYU3hr3ZieogiFQEiwKtoX6nwNZv";

Deno.test("arguments are read", () => {
  const query = (text: string) => new URLSearchParams(text);
  assertEquals(oneAssetFilter(query(`asset_id=${ID}&operation=create&foo=1&last_tx=TRUE`)), {
    operation: "CREATE",
    assets: ID.toLowerCase(),
    isLast: true,
  });
  assertEquals(outputFilter(query(`public_key=${KEY}&spent=False`)), {
    publicKey: KEY,
    isSpent: false,
  });
  assertEquals(outputFilter(query(`public_key=${KEY}`)).isSpent, undefined);
  assertEquals(blockFilter(query("transaction_id=nope")), "nope");
  assertEquals(postMode(query("")), "async");
  assertEquals(postMode(query("mode=commit"), { id: "x" }), "commit");
  assertEquals(textSearch(query("search=a&limit=0")), { search: "a", limit: undefined });
  assertEquals(textSearch(query("search=a&limit=+1_0")), { search: "a", limit: 10 });
});

Deno.test("arguments that are wrong are told as by the original", () => {
  const missing =
    "Missing required parameter in the JSON body or the post body or the query string";
  const cases: [read: (query: URLSearchParams) => unknown, query: string, message: unknown][] = [
    [oneAssetFilter, "", { asset_id: missing }],
    [oneAssetFilter, "asset_id=", { asset_id: "Invalid hash" }],
    [oneAssetFilter, "asset_id=x&operation=y", {
      operation: 'Operation must be "CREATE" or "TRANSFER"',
    }],
    [oneAssetFilter, `asset_id=${ID}&last_tx=1`, {
      last_tx: 'Boolean value must be "true" or "false" (lowercase)',
    }],
    [oneAssetFilter, `asset_id=${ID}&asset_id=x`, { asset_id: "Invalid hash" }],
    [outputFilter, "public_key=abc", { public_key: "Invalid base58 ed25519 key" }],
    [outputFilter, `public_key=${"I".repeat(43)}`, { public_key: "Invalid base58 ed25519 key" }],
    [outputFilter, `public_key=${KEY}&spent=`, {
      spent: 'Boolean value must be "true" or "false" (lowercase)',
    }],
    [outputFilter, `public_key=${KEY}&foo=1`, "Unknown arguments: foo"],
    [blockFilter, "", { transaction_id: missing }],
    [blockFilter, "transaction_id=a&foo=1&bar=2", "Unknown arguments: foo, bar"],
    [postMode, "mode=", { mode: 'Mode must be "async", "sync" or "commit"' }],
    [postMode, "mode=COMMIT", { mode: 'Mode must be "async", "sync" or "commit"' }],
    [(query) => postMode(query, { mode: "nope" }), "", {
      mode: 'Mode must be "async", "sync" or "commit"',
    }],
    [textSearch, "limit=x", { search: missing }],
    [textSearch, `search=a&limit=-${2n ** 63n}`, {
      limit: "MongoDB can only handle up to 8-byte ints",
    }],
    [textSearch, `search=a&limit=1${"0".repeat(400)}`, {
      limit: "MongoDB can only handle up to 8-byte ints",
    }],
    [textSearch, "search=a&limit=x", { limit: "invalid literal for int() with base 10: 'x'" }],
  ];
  for (const [read, query, message] of cases) {
    const error = assertThrows(() => read(new URLSearchParams(query)), ArgumentError);
    assertEquals(JSON.parse(error.body), { message }, query);
  }
  const error = assertThrows(
    () => oneAssetFilter(new URLSearchParams("asset_id=")),
    ArgumentError,
  );
  assertEquals(error.body, '{"message": {"asset_id": "Invalid hash"}}\n');
  const empty = assertThrows(() => textSearch(new URLSearchParams("search=")), TransactionRefused);
  assertEquals([empty.message, empty.status], ["text_search cannot be empty", 400]);
});
