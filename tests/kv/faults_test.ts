import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type ErrorCode, LedgerError } from "../../src/kernel/errors.ts";
import { away, KvAnswerError } from "../../src/kv/connect_errors.ts";
import { type Fault, faultOf, faultReason } from "../../src/kv/faults.ts";
import { openStore } from "../../src/kv/open.ts";
import { UnknownOutcomeError } from "../../src/kv/store.ts";
import { event, TestLog } from "../support/chains.ts";
import { FakeKvService } from "../support/fake_kv_service.ts";

/** What stores have said, as the runtime passed it on. */
const SAID: readonly (readonly [Error, Fault])[] = [
  [new TypeError("database is locked"), "away"],
  [new TypeError("database table is locked"), "away"],
  [new TypeError("database schema has changed"), "away"],
  [new TypeError("disk I/O error"), "away"],
  [new Error("unable to open database file"), "away"],
  [new TypeError("database disk image is malformed"), "damaged"],
  [new Error("file is not a database"), "damaged"],
  [new TypeError("attempt to write a readonly database"), "refused"],
  [new TypeError("database or disk is full"), "full"],
  [new TypeError("Total mutation size too large (max 819200 bytes)"), "too_large"],
  [new TypeError("Too many mutations (max 1000)"), "too_large"],
  [new TypeError("Value too large (max 65536 bytes)"), "too_large"],
  [new TypeError("Database is closed."), "closed"],
  [new Deno.errors.BadResource("Bad resource ID"), "closed"],
  [new Error("Writes are disabled for this database"), "refused"],
  [new Error("Unspecified write error"), "away"],
  [new Error("KV Connect failed to decode response"), "away"],
  [new Error("Strong consistency reads are not available for this database"), "away"],
  [said(400, "Bad Request", "Too many checks"), "too_large"],
  [said(400, "Bad Request", "invalid key"), "refused"],
  [said(401, "Unauthorized", "Invalid access token"), "refused"],
  [said(403, "Forbidden", "The quota of the database is used up"), "full"],
  [said(403, "Forbidden", ""), "refused"],
  [said(404, "Not Found", "connection"), "refused"],
  [said(429, "Too Many Requests", ""), "busy"],
  [said(502, "Bad Gateway", ""), "away"],
  [said(507, "Insufficient Storage", ""), "full"],
  [new Error("timed out"), "away"],
  [new KvAnswerError(400, "Too many checks included in atomic write."), "too_large"],
  [new KvAnswerError(400, "A value exceeds the value size limit."), "too_large"],
  [new KvAnswerError(403, ""), "refused"],
  [new KvAnswerError(503, "the quota service is away"), "away"],
  [away(new TypeError("error sending request for url (http://disabled.key/)")), "away"],
  [new Error("something new"), "unknown"],
];

function said(status: number, phrase: string, text: string): Error {
  return new Error(
    `KV Connect failed to call 'http://127.0.0.1:4512/v2/atomic_write' (status=${status} ${phrase}): ${text}`,
  );
}

for (const [error, fault] of SAID) {
  Deno.test(`the store's "${error.message}" is sorted as ${fault}`, () => {
    assertEquals(faultOf(error), fault);
  });
}

Deno.test("what could not be asked is told without where", () => {
  const error = new TypeError(
    "error sending request for url (http://127.0.0.1:1/v2/watch): client error (Connect): refused",
  );
  assertEquals(
    faultReason(away(error)),
    "error sending request: client error (Connect): refused",
  );
});

/** A service's answer, and the code of the error that an append and a read end in. */
const ANSWERS: readonly (readonly [number, string, ErrorCode])[] = [
  [400, "the key is not well formed", "store_refused"],
  [401, "Invalid access token", "store_refused"],
  [403, "no write permission", "store_refused"],
  [403, "quota exceeded", "store_full"],
  [413, "", "too_large"],
];

for (const [status, text, code] of ANSWERS) {
  Deno.test(`a KV service that answers ${status} "${text}" has refused: told at once, with the reason`, async () => {
    const service = new FakeKvService();
    const store = await openStore(service.url);
    const log = new TestLog(store);
    try {
      service.answer = { status, text };
      const mutation = { checks: [], sets: [{ key: ["a"], value: 1 }], deletes: [] };
      const refused = await assertRejects(() => store.commit(mutation), LedgerError);
      assertEquals([refused.code, refused instanceof UnknownOutcomeError], [code, false]);
      assertStringIncludes(refused.message, code === "store_full" ? "no room" : text);
      // Nothing of where the store is.
      assertEquals(refused.message.includes("127.0.0.1"), false);
      const asked = service.asked;
      // The word that the service gave may have ended: another is asked for once.
      const most = status === 401 ? 2 : 1;
      const unread = await assertRejects(() => log.chain("c").append([event("a")]), LedgerError);
      assertEquals(unread.code, code);
      assertEquals(service.asked <= asked + most, true, `${service.asked - asked} requests`);
    } finally {
      await log.close();
      store.close();
      await service.stop();
    }
  });
}
