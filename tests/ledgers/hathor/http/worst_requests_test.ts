import { assert, assertEquals, fail } from "@std/assert";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { nodeHttpRoutes } from "../../../../src/ledgers/hathor/http/routes.ts";
import type { Intake } from "../../../../src/ledgers/hathor/intake/intake.ts";
import { NonceSearch } from "../../../../src/ledgers/hathor/mining/nonce_search.ts";
import { TransactionWork } from "../../../../src/ledgers/hathor/mining/transaction_work.ts";
import { WorkDesk } from "../../../../src/ledgers/hathor/mining/work_desk.ts";
import { sendingRoutes } from "../../../../src/ledgers/hathor/wallet/routes.ts";
import type { NodeQueries } from "../../../../src/ledgers/hathor/queries/node_queries.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { type HathorApi, withHathor } from "../support/hathor_api.ts";
import { hexOf, spending } from "../support/unmined.ts";
import { ADDRESS, GENESIS, VALUES } from "../support/worst_values.ts";

/** Arguments that every route is given, whether it has them or not. */
const NAMES = [
  "address",
  "addresses[]",
  "block",
  "capabilities",
  "count",
  "graph_type",
  "hash",
  "height",
  "hex_tx",
  "id",
  "include_transactions",
  "job-id",
  "last_ack_event_id",
  "max_level",
  "page",
  "size",
  "target_amount",
  "target_height",
  "target_timestamp",
  "timestamp",
  "token",
  "token_uid",
  "tx",
  "tx_version[]",
  "type",
];

/** Arguments that make sense, so that one that does not is looked at. */
const GOOD: Readonly<Record<string, string>> = {
  address: ADDRESS,
  "addresses[]": ADDRESS,
  block: "3",
  count: "3",
  graph_type: "verification",
  id: GENESIS,
  max_level: "1",
  page: "next",
  target_amount: "1",
  timestamp: "1643902665",
  token_uid: "00",
  tx: GENESIS,
  type: "tx",
};

/** The models of some routes refuse what they do not know. */
const STRICT: Readonly<Record<string, readonly string[]>> = {
  "/block_at_height": ["height", "include_transactions"],
  "/event": ["last_ack_event_id", "size"],
  "/feature": ["block"],
};

/** Paths of all routes but those of pictures, which fail as on a node without Graphviz. */
function paths(method: "GET" | "POST"): string[] {
  // Routes are made of a service, and nothing is asked of it before a request.
  const work = new TransactionWork(systemClock, new NonceSearch(null));
  const desk = new WorkDesk(systemClock, work);
  const routes = [
    ...nodeHttpRoutes({ node: {} } as NodeQueries, {} as Intake, {
      clock: systemClock,
      startedAt: 0,
      socketCounts: () => Promise.resolve({ connections: 0, addresses: 0 }),
    }),
    ...sendingRoutes({ queries: {} as NodeQueries, intake: {} as Intake, desk }, undefined),
  ];
  return routes.filter((route) => route[method] !== undefined)
    .map(({ path }) => path).filter((path) => !/\.(?:pdf|png|jpg)$/.test(path));
}

async function assertRefused(api: HathorApi, path: string, init: RequestInit = {}) {
  // No longer address gets here.
  const response = await fetch(`${api.origin}${path.slice(0, 60_000)}`, init);
  const text = await response.text();
  const sent = typeof init.body === "string" ? init.body.slice(0, 100) : "";
  const shown = `${init.method ?? "GET"} ${path.slice(0, 200)} ${sent}: ${text.slice(0, 200)}`;
  // A refusal of these is a 500, and says why.
  const isTold = /\/(?:create_tx|get_block_template)(?:\?|$)/.test(path) &&
    text.startsWith('{"error":"');
  if (response.status >= 500 && !isTold) fail(`${response.status} ${shown}`);
  return { status: response.status, text };
}

Deno.test("no argument of a request makes the node fail", async () => {
  await withHathor(async (api) => {
    for (const path of [...paths("GET"), "/mining"]) {
      const names = STRICT[path] ?? NAMES;
      for (const name of names) {
        await Promise.all(VALUES.map(async (value) => {
          const others = STRICT[path] === undefined ? GOOD : {};
          const query = new URLSearchParams({ ...others, [name]: value });
          if (name !== "id" && path === "/transaction") query.delete("id");
          await assertRefused(api, `/v1a${path.replace(":address", ADDRESS)}?${query}`);
        }));
      }
    }
    for (const value of VALUES) {
      const id = encodeURIComponent(value);
      await assertRefused(api, `/tx-mining/job-status?job-id=${id}`);
      await assertRefused(api, `/tx-mining/cancel-job?job-id=${id}`, { method: "POST" });
      await assertRefused(api, `/v1a/validate_address/${id}`);
    }
    for (const odd of ["%", "%ff", "%zz", "%00", "%2e%2e", "%F0%28"]) {
      await assertRefused(api, `/v1a/validate_address/${odd}`);
      await assertRefused(api, `/v1a/transaction?id=${odd}`);
      await assertRefused(api, `/v1a/${odd}`);
    }
  });
});

const DEEP = 60_000;

/** Bodies that are no request, or one whose parts are the worst there are. */
function bodies(): string[] {
  const odd: unknown[] = [null, 5, "x", [], {}, true, "\ud800", { __proto__: 1 }];
  const names = [
    "addresses",
    "hash",
    "tx_version",
    "hex_tx",
    "hexdata",
    "block_bytes",
    "tx",
    "timeout",
    "inputs",
    "outputs",
    "tx_hex",
    "chain",
    "match",
    "target",
  ];
  const good = { addresses: [ADDRESS], hex_tx: "00", hexdata: "00", tx: hexOf(spending()) };
  const values: string[] = [
    ...VALUES.map((value) => JSON.stringify(value)),
    ...odd.map((value) => JSON.stringify(value)),
    "1e400",
    "-1e400",
    "NaN",
    "-Infinity",
    "9".repeat(60_000),
    "[".repeat(DEEP) + "]".repeat(DEEP),
    '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000),
    `[${"1,".repeat(50_000)}1]`,
    `["${"\\ud800"}"]`,
  ];
  const texts = [
    "",
    "[".repeat(250_000),
    "\ufeff{}",
    '{"hex_tx":"00","hex_tx":5}',
    "nul",
    "\u0000",
  ];
  for (const name of names) {
    const { [name as keyof typeof good]: _, ...others } = good;
    const rest = JSON.stringify(others).slice(1);
    for (const value of values) texts.push(`{${JSON.stringify(name)}:${value},${rest}`);
  }
  return texts;
}

Deno.test("no body of a request makes the node fail", async () => {
  await withHathor(async (api) => {
    const targets = [...paths("POST"), "/mining"].map((path) => `/v1a${path}`);
    for (const path of [...targets, "/tx-mining/submit-job", "/tx-mining/cancel-job"]) {
      for (const body of bodies()) await assertRefused(api, path, { method: "POST", body });
      const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      await assertRefused(api, path, { method: "POST", body: bytes });
      const large = await assertRefused(api, path, { method: "POST", body: "x".repeat(300_000) });
      // Without a wallet nothing is read for one.
      const isRead = path !== "/tx-mining/cancel-job" && !path.includes("/wallet/");
      if (isRead) assertEquals(large.status, 413, path);
    }
  });
});

Deno.test("a weight that no number can hold the work of is refused, and leaves no trace", async () => {
  await withHathor(async (api) => {
    for (const weight of [Infinity, -Infinity, NaN, 1e300, 1025, -1e308]) {
      const hex = hexOf({ ...spending(), weight });
      const body = { tx: hex, add_parents: true };
      const { status } = await assertRefused(api, "/tx-mining/submit-job", {
        method: "POST",
        body: JSON.stringify(body),
      });
      if (weight !== -1e308) assertEquals(status, 400, `${weight}`);
      await assertRefused(api, `/v1a/decode_tx?hex_tx=${hex}`);
      await assertRefused(api, `/v1a/push_tx?hex_tx=${hex}`);
      const { block_bytes: bytes } = await api.get("/v1a/mining");
      const block = Uint8Array.fromBase64(bytes);
      new DataView(block.buffer).setFloat64(3 + 4 + 1 + 2, weight);
      const hexdata = block.toHex();
      const { text } = await api.send("POST", "/v1a/submit_block", { hexdata });
      const isUnread = text === '{"success":false,"message":"This is not a block"}';
      assert(isUnread || text.startsWith('{"error":"full validation failed: '), text);
      await assertRefused(api, `/v1a/decode_tx?hex_tx=${hexdata}`);
    }
    for (const job of (await api.get("/tx-mining/mining-status")).tx_jobs) {
      assert(Number.isFinite(job.tx.weight));
    }
  });
});

Deno.test("numbers are as long as Python reads them, in its words", async () => {
  await withHathor(async (api) => {
    const search = (amount: string, status = 200) =>
      api.get(
        `/v1a/utxo_search?token_uid=00&address=${ADDRESS}&target_amount=${amount}&target_height=0`,
        status,
      );
    assertEquals((await search("9".repeat(60_000), 414)).success, false);
    assertEquals(
      (await search("9".repeat(15_000))).message,
      [
        "Failed to parse 'target_amount': Exceeds the limit (4300 digits) for integer string ",
        "conversion: value has 15000 digits; use sys.set_int_max_str_digits() to increase the limit",
      ].join(""),
    );
    const { utxos } = await search("9".repeat(4_300));
    assertEquals(utxos.length, 1);
    assertEquals((await search("1_0")).utxos.length, 1);
  });
});

Deno.test("what an answer is made of is bounded: addresses, versions, and each once", async () => {
  await withHathor(async (api) => {
    const history = (addresses: readonly string[], more: object, status = 200) =>
      api.post("/v1a/thin_wallet/address_history", { addresses, ...more }, status);
    const many = Array<string>(1_001).fill(ADDRESS);
    assertEquals((await history(many, {}, 400)).success, false);
    assertEquals((await history(many.slice(1), {})).history.length, 1);
    await history([ADDRESS], { tx_version: Array(101).fill(1) }, 400);
  });
});

Deno.test("changed bytes of a vertex never make the node fail", async () => {
  await withHathor(async (api) => {
    const bytes = encodeVertex({ ...spending(), parents: [GENESIS, GENESIS] });
    for (let at = 0; at < bytes.length; at++) {
      for (const byte of [0x00, 0x7f, 0xff]) {
        const hex = bytes.with(at, byte).toHex();
        if (at % 3 === 0) await assertRefused(api, `/v1a/decode_tx?hex_tx=${hex}`);
        await assertRefused(api, `/v1a/push_tx?hex_tx=${hex}`);
      }
    }
  });
});
