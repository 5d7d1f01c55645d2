import { assertEquals } from "@std/assert";
import { isOldRuntime } from "../../../src/server/edge/edge.ts";
import { exchange, parts } from "../../support/edges.ts";
import { withServer } from "../../support/in_process.ts";

/** A request, and the status line's rest of its answer. */
type Row = readonly [method: string, path: string, body: string, status: string];

const FLASK: readonly Row[] = ["bigchaindb", "planetmint"].flatMap((ledger): readonly Row[] => [
  ["GET", `/${ledger}/`, "", "200 OK"],
  ["HEAD", `/${ledger}/`, "", "200 OK"],
  ["GET", `/${ledger}/api/v1/transactions/nope`, "", "404 NOT FOUND"],
  ["HEAD", `/${ledger}/api/v1/transactions/nope`, "", "404 NOT FOUND"],
  ["GET", `/${ledger}/nothing`, "", "404 NOT FOUND"],
  ["GET", `/${ledger}/api//v1`, "", "308 PERMANENT REDIRECT"],
  ["POST", `/${ledger}/api/v1/transactions`, "{}", "400 BAD REQUEST"],
  ["POST", `/${ledger}/`, "{}", "405 METHOD NOT ALLOWED"],
]);

const OTHERS: readonly Row[] = [
  ["GET", "/hathor/v1a/version", "", "200 OK"],
  ["GET", "/hathor/v1a/nothing", "", "404 Not Found"],
  ["POST", "/hathor/v1a/version", "{}", "405 Method Not Allowed"],
  ["POST", "/hathor/v1a/push_tx", "x".repeat(300_000), "413 Request Entity Too Large"],
  ["GET", "/hierachain/api/ledger/chains/nope", "", "404 Not Found"],
  ["POST", "/hierachain/api/ledger/chains/c/events", "{", "422 Unprocessable Entity"],
  // No reason of its own: HTTP's.
  ["GET", "/nothing", "", "404 Not Found"],
];

Deno.test({
  name: "every ledger's answers have the reason phrases of the server that it speaks for",
  // `Deno.serve`, which is all there is on an old runtime, sends HTTP's own.
  ignore: isOldRuntime(),
  fn: async () => {
    await withServer(async ({ main, api }) => {
      await api.create("c");
      const port = Number(new URL(main).port);
      for (const [method, path, body, status] of [...FLASK, ...OTHERS]) {
        const request = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n` +
          `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
        const got = parts(await exchange(port, request));
        assertEquals(`${got.status} ${got.reason}`, status, `${method} ${path}`);
      }
    }, { flags: ["--edge=node"] });
  },
});
