import { assertEquals } from "@std/assert";
import { withHathor } from "../support/hathor_api.ts";

/** Paths, with what hathor-core answers there: its resources are leaves of a tree of Twisted's. */
const PATHS: readonly (readonly [asked: string, status: number, type: string])[] = [
  ["GET /v1a/version//", 200, "application/json"],
  ["GET /v1a/version/x", 200, "application/json"],
  ["GET /v1a/version/x/y//z?a=1", 200, "application/json"],
  [`GET /v1a/version${"/x".repeat(2_000)}`, 200, "application/json"],
  ["HEAD /v1a/version/x", 200, "application/json"],
  ["POST /v1a/version/x", 405, "text/html"],
  ["DELETE /v1a/version/x", 501, "text/html"],
  ["GET /v1a/event/x", 200, "application/json"],
  ["GET /v1a/tx_parents/x", 200, "application/json"],
  ["GET /v1a/mining/x", 200, "application/json"],
  ["GET /v1a/thin_wallet/token/x", 200, "application/json"],
  ["GET /v2/thin_wallet/token/x", 200, "application/json"],
  ["GET /v1a/graphviz/full.dot/x", 200, "application/dot"],
  ["OPTIONS /v1a/thin_wallet/send_tokens/x", 200, "application/json"],
  ["GET /v1a/validate_address/", 200, "application/json"],
  ["GET /v1a/validate_address//", 200, "application/json"],
  ["GET /v1a/validate_address//x", 200, "application/json"],
  ["GET /v1a/validate_address/x/y", 200, "application/json"],
  ["GET /v1a/validate_address", 405, "text/html"],
  // What is above a leaf is there, and takes no method; what else is below it is not.
  ["GET /v1a", 405, "text/html"],
  ["GET /v2", 405, "text/html"],
  ["POST /v1a/thin_wallet", 405, "text/html"],
  ["PUT /v1a/thin_wallet", 501, "text/html"],
  ["GET /v1a/nano_contract/blueprint", 405, "text/html"],
  ["GET /v1a/", 404, "text/html"],
  ["GET /v1a/thin_wallet/", 404, "text/html"],
  ["GET /v1a/thin_wallet/nothing", 404, "text/html"],
  ["GET /v1a//version", 404, "text/html"],
  ["GET //v1a/version", 404, "text/html"],
  ["GET /v1a/version%2fx", 404, "text/html"],
  ["GET /v1a/versionx", 404, "text/html"],
  ["GET /", 404, "text/html"],
  // The service of mining is another program, and has no leaves.
  ["GET /tx-mining/health/x", 404, "text/html"],
  ["GET /v1a/graphviz/neighbours.dot?tx=zz", 200, "application/json"],
  ["GET /v1a/graphviz/neighbours.dot?tx=zz&graph_type=funds&max_level=2", 200, "text/html"],
];

Deno.test("what lies below a resource is answered by it, as by Twisted's leaves", async () => {
  await withHathor(async (api) => {
    for (const [asked, status, type] of PATHS) {
      const [method = "", path = ""] = asked.split(" ");
      const answer = await api.send(method, path);
      const [given] = (answer.headers.get("content-type") ?? "").split(";");
      assertEquals([answer.status, given], [status, type], asked.slice(0, 100));
    }
  });
});
