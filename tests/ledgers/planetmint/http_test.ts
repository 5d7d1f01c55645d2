import { assertEquals, assertThrows } from "@std/assert";
import { valueAt } from "../../../src/python/json.ts";
import { cidLimit, manyAssetsFilter } from "../../../src/ledgers/planetmint/requests.ts";
import { planetmintDialect } from "../../../src/ledgers/planetmint/dialect.ts";
import { ArgumentError } from "../../../src/ledgers/shared_bigchaindb/http/arguments.ts";
import { jsonifyBody } from "../../../src/ledgers/shared_bigchaindb/http/json_bodies.ts";
import { rootBody } from "../../../src/ledgers/shared_bigchaindb/http/roots.ts";
import { parsed } from "../shared_bigchaindb/rules.ts";
import { objectsAt, readVectors } from "../../support/vectors.ts";

Deno.test("the root is that of Planetmint 2.5.3", () => {
  assertEquals(
    rootBody(planetmintDialect.software, "ws://localhost:9985"),
    '{"api":{"v1":{"assets":"/api/v1/assets/","blocks":"/api/v1/blocks/","docs":' +
      '"https://docs.planetmint.io/projects/server/en/v2.5.1/http-client-server-api.html",' +
      '"metadata":"/api/v1/metadata/","outputs":"/api/v1/outputs/","streamedblocks":' +
      '"ws://localhost:9985/api/v1/streams/valid_blocks","streams":' +
      '"ws://localhost:9985/api/v1/streams/valid_transactions","transactions":' +
      '"/api/v1/transactions/","validators":"/api/v1/validators"}},"docs":' +
      '"https://docs.planetmint.io/projects/server/en/v2.5.1/","software":"Planetmint",' +
      '"version":"2.5.1"}\n',
  );
});

Deno.test("GET shows as much as was posted", () => {
  const [vector] = objectsAt(readVectors("planetmint.json"), "vectors");
  const tx = vector && valueAt(vector, "tx") || null;
  assertEquals(
    jsonifyBody(planetmintDialect.modelOf(parsed(planetmintDialect, tx))),
    jsonifyBody(tx),
  );
});

Deno.test("arguments are read, or told to be wrong as by the original", () => {
  const id = "ab".repeat(32);
  const { assets } = manyAssetsFilter(new URLSearchParams(`asset_ids=${id.toUpperCase()},${id}`));
  assertEquals(assets, [id, id]);
  assertEquals(cidLimit(new URLSearchParams("limit=3")), 3);
  const error = assertThrows(
    () => manyAssetsFilter(new URLSearchParams(`asset_ids=${id},`)),
    ArgumentError,
  );
  assertEquals(error.body, '{"message": {"asset_ids": "List contains invalid hash"}}\n');
});
