import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { linesAsTheyCome } from "../../../src/server/admin/lines.ts";
import { withServer } from "../../support/in_process.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { rawRequest } from "../../support/raw_http.ts";

const LISTED = "a-key-of-the-settings";

Deno.test("whatever is too long to be anything is nothing, for administrators too", async () => {
  await withServer(async ({ main }) => {
    const long = "x".repeat(3_000);
    const wide = encodeURIComponent("\u{1f600}".repeat(700));
    const asked: [string, string, number, string?][] = [
      ["DELETE", `/v1/keys/${long}`, 404],
      ["DELETE", `/v1/keys/${wide}`, 404],
      ["DELETE", "/v1/keys/%00", 404],
      ["DELETE", "/v1/keys/%ff", 404],
      ["GET", `/v1/chains?prefix=${long}`, 200],
      ["GET", `/v1/chains?prefix=${wide}`, 200],
      ["GET", `/v1/chains/${long}/events`, 413],
      ["GET", `/v1/chains/${long}/events?follow=true`, 413],
      ["GET", `/v1/chains/${wide}/export`, 413],
      ["GET", `/v1/chains/c/events?from=${long}`, 400],
      ["GET", `/v1/chains/c/events?limit=${"9".repeat(3_000)}`, 400],
      ["POST", `/v1/chains/${long}/verify`, 200],
      ["POST", `/v1/chains/${long}/rebuild`, 200],
      ["TRACE", "/v1/keys", 404],
      ["CONNECT", "/v1/keys", 404],
      ["X".repeat(100), "/v1/keys", 404],
    ];
    const key = { "x-api-key": LISTED };
    for (const [method, path, status] of asked) {
      const answer = await rawRequest(main, method, path, key);
      const where = `${method} ${path.slice(0, 40)}`;
      // A runtime may know fewer methods than there are.
      const isOdd = !["GET", "POST", "DELETE"].includes(method);
      const isFine = answer.status < 500 || answer.status === 501;
      if (isOdd) assertEquals([where, isFine], [where, true]);
      else assertEquals([where, answer.status], [where, status]);
      assertEquals([where, answer.body.includes("internal")], [where, false]);
    }
    const listed = await new HieraChainApi(main, key).get(`/v1/chains?prefix=${long}`);
    assertEquals([listed.status, listed.text], [200, ""]);
    // What a key is called can be written down again.
    for (const more of [{ name: "\ud800" }, { chains: ["\udfff*"] }]) {
      assertEquals((await new KeysApi(main, LISTED).ask({ name: "x", ...more })).status, 422);
    }
  }, { flags: [`--api-keys=${LISTED}`] });
});

Deno.test("a line without an end is given up, and not kept", async () => {
  let given = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += 1_048_576;
      controller.enqueue(new Uint8Array(1_048_576).fill(120));
    },
  });
  const error = await assertRejects(async () => {
    for await (const _ of linesAsTheyCome(endless));
  }, LedgerError);
  assertEquals([error.code, given < 16 * 1_048_576], ["import_invalid", true]);
});

Deno.test("a line that comes in small parts is looked at once", async () => {
  const [parts, size] = [1_024, 1_024];
  let given = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given++ < parts) return controller.enqueue(new Uint8Array(size).fill(120));
      controller.enqueue(new TextEncoder().encode("é\nlast\n\nrest"));
      controller.close();
    },
  });
  const { split } = String.prototype;
  let looked = 0;
  String.prototype.split = function (
    this: string,
    by: string | { [Symbol.split](text: string): string[] },
  ) {
    looked += this.length;
    return Reflect.apply(split, this, [by]);
  };
  const lines: string[] = [];
  try {
    for await (const some of linesAsTheyCome(body)) lines.push(...some);
  } finally {
    String.prototype.split = split;
  }
  assertEquals(lines.map((line) => line.slice(-4)), ["xxxé", "last", "", "rest"]);
  assert(looked <= 2 * parts * size, `${looked} characters were looked at`);
});

Deno.test("HEAD of what is streamed is answered, and holds nothing from then on", async () => {
  await withServer(async ({ main }) => {
    await rawRequest(main, "PUT", "/v1/stream/s", { "content-type": "text/plain" }, "x");
    const chain = "/v1/chains/streams%2Fs";
    for (const path of ["/v1/chains", `${chain}/events`, `${chain}/export`]) {
      for (const query of ["", "?follow=true"]) {
        const { status, headers } = await rawRequest(main, "HEAD", path + query);
        const type = headers.get("content-type");
        assertEquals([path, query, status, type], [path, query, 200, "application/x-ndjson"]);
      }
    }
    assertEquals((await rawRequest(main, "HEAD", "/v1/chains/nope/export")).status, 404);
    const { body } = await rawRequest(main, "GET", "/metrics");
    assertMatch(body, /ledger_requests_held\{ledger="chains"\} 0/);
  });
});
