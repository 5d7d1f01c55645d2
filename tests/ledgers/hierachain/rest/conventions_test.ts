import { assertEquals, assertMatch } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";

const START = Date.UTC(2026, 0, 1);
const EVENTS = "/api/ledger/chains/c/events";

Deno.test("the routes that need nothing answer with the original's exact bodies", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ api }) => {
    const expected: Record<string, unknown> = {
      "/": {
        name: "HieraChain Ledger API",
        description: "REST API for enterprise blockchain applications",
        docs_url: "/docs",
      },
      "/health": { status: "healthy", timestamp: START / 1_000 },
      "/api/ledger/health": { status: "healthy", timestamp: START / 1_000 },
      "/api/business/health": {
        status: "healthy",
        version: "business",
        timestamp: START / 1_000,
      },
    };
    for (const [path, body] of Object.entries(expected)) {
      const answer = await api.get(path);
      assertEquals([path, answer.status, answer.text], [path, 200, JSON.stringify(body)]);
    }
  }, { clock });
});

Deno.test("the node's status counts its sub-chains and tells its time in the original's words", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ api }) => {
    const status = async () => (await api.get("/api/admin/status")).body;
    assertEquals(await status(), {
      status: "active",
      version: "0.2.0",
      chains_active: 0,
      license_active: true,
      uptime: "0h 0m 0s",
    });
    await api.create("one");
    await api.create("two");
    clock.advance(130_000);
    assertEquals((await status()).chains_active, 2);
    assertEquals((await status()).uptime, "0h 2m 10s");
    clock.advance(26 * 3_600_000);
    assertEquals((await status()).uptime, "1d 2h 2m");
  }, { clock });
});

Deno.test("what this server does not do is refused as by an original without it", async () => {
  await withServer(async ({ api }) => {
    const ping = await api.get("/api/ledger/network/ping/peer-1");
    assertEquals([ping.status, ping.body], [503, {
      error: "HTTP error",
      message: "P2P network layer is not initialized or disabled",
      status_code: 503,
    }]);
    const identity = await api.post("/api/admin/verify-identity", { challenge: "abcd1234" });
    assertEquals([identity.status, identity.body], [401, {
      error: "HTTP error",
      message: "Node identity not configured. Please provide valid identity file.",
      status_code: 401,
    }]);
  });
});

Deno.test("every answer has the original's headers and a request id of its own", async () => {
  await withServer(async ({ api }) => {
    const ids = new Set<string>();
    const answers = [
      await api.get("/"),
      await api.get("/nowhere"),
      await api.get("/ws/status"),
      await api.post("/api/ledger/chains/c/create"),
      await api.post("/api/ledger/chains"),
      await api.post("/api/ledger/chains/none/submit-proof"),
      await api.post(EVENTS, "{"),
    ];
    assertEquals(answers.map(({ status }) => status), [200, 404, 200, 201, 405, 500, 422]);
    for (const { headers } of answers) {
      const named = (name: string) => headers.get(name);
      assertEquals(named("content-type"), "application/json");
      assertEquals(named("x-content-type-options"), "nosniff");
      assertEquals(named("x-frame-options"), "DENY");
      assertEquals(named("referrer-policy"), "strict-origin-when-cross-origin");
      assertEquals(named("cache-control"), "no-store, no-cache, must-revalidate, private");
      assertEquals(named("pragma"), "no-cache");
      assertEquals(
        named("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'",
      );
      assertEquals(named("server"), "HieraChain");
      assertMatch(named("x-request-id") ?? "", /^[0-9a-f]{32}$/);
      ids.add(named("x-request-id") ?? "");
    }
    assertEquals(ids.size, answers.length);
  });
});

Deno.test("unknown paths and wrong methods keep the framework's forms", async () => {
  await withServer(async ({ api }) => {
    const forms: [string, string, number, string][] = [
      ["GET", "/nope", 404, "Not Found"],
      ["GET", "/api/v1/chains", 404, "Not Found"],
      ["GET", "/ws", 404, "Not Found"],
      ["POST", "/", 405, "Method Not Allowed"],
      ["DELETE", "/api/ledger/chains", 405, "Method Not Allowed"],
      ["GET", "/api/ledger/chains/c/create", 405, "Method Not Allowed"],
      ["GET", EVENTS, 405, "Method Not Allowed"],
      ["PUT", "/api/ledger/chains/c/blocks/1", 405, "Method Not Allowed"],
    ];
    for (const [method, path, status, detail] of forms) {
      const answer = await api.ask(method, path);
      assertEquals([method, path, answer.status, answer.body], [method, path, status, { detail }]);
    }
  });
});

Deno.test("a browser that asks whether it may ask is told yes for pages that are listed", async () => {
  await withServer(async ({ api }) => {
    const { status, text, headers } = await api.ask("OPTIONS", EVENTS, {
      headers: {
        origin: "https://example.org",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
    assertEquals([status, text], [204, ""]);
    assertEquals(headers.get("access-control-allow-origin"), "https://example.org");
    assertEquals(headers.get("access-control-max-age"), "600");
    assertEquals(headers.get("access-control-allow-headers"), "content-type");
    assertMatch(headers.get("access-control-allow-methods") ?? "", /POST/);
  }, { flags: ["--allowed-origins=https://example.org"] });
});

Deno.test("invalid bodies are answered 422 as the original's framework does", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const missing = await api.post(EVENTS, { entity_id: "PROD-001" });
    assertEquals([missing.status, missing.body], [422, {
      detail: [{
        type: "missing",
        loc: ["body", "event_type"],
        msg: "Field required",
        input: { entity_id: "PROD-001" },
      }],
    }]);
    const broken = await api.post(EVENTS, '{"entity_id": "PROD-1" "x"}');
    assertEquals([broken.status, broken.body], [422, {
      detail: [{
        type: "json_invalid",
        loc: ["body", 23],
        msg: "JSON decode error",
        input: {},
        ctx: { error: "Expecting ',' delimiter" },
      }],
    }]);
    const none = await api.post(EVENTS);
    assertEquals([none.status, none.body], [422, {
      detail: [{ type: "missing", loc: ["body"], msg: "Field required", input: null }],
    }]);
    const short = await api.post(EVENTS, { entity_id: "e", event_type: "t", details_cid: "Qm1" });
    assertEquals(short.body.detail[0].msg, "Value error, Invalid IPFS CID: too short");
    const sender = await api.post(EVENTS, { entity_id: "e", event_type: "t", sender: "zz" });
    assertEquals(sender.body.detail[0].msg, "Value error, sender must be a valid hex string");
    assertEquals((await api.get("/api/ledger/chains/c/blocks?limit=x")).body, {
      detail: [{
        type: "int_parsing",
        loc: ["query", "limit"],
        msg: "Input should be a valid integer, unable to parse string as an integer",
        input: "x",
      }],
    });
  });
});

Deno.test("bodies over a mebibyte are refused with 413, told their length or not", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const event = (size: number) => {
      const [head, tail] = ['{"entity_id":"e","event_type":"t","padding":"', '"}'];
      return head + "x".repeat(size - head.length - tail.length) + tail;
    };
    const tooLarge = {
      error: "Payload Too Large",
      message: "Request body too large. Limit is 1048576 bytes",
      status_code: 413,
    };
    for (const path of [EVENTS, `${EVENTS}/batch`]) {
      const answer = await api.post(path, event(1_048_577));
      assertEquals([answer.status, answer.body], [413, tooLarge]);
      const streamed = await api.ask("POST", path, {
        body: chunks(event(1_048_577)),
        headers: { "content-type": "application/json" },
      });
      assertEquals([streamed.status, streamed.body], [413, tooLarge]);
    }
    assertEquals((await api.post(EVENTS, event(1_048_576))).status, 200);
    const streamed = await api.ask("POST", EVENTS, {
      body: chunks(event(1_048_576)),
      headers: { "content-type": "application/json" },
    });
    assertEquals(streamed.status, 200);
  });
});

/** A body whose length nobody announces. */
function chunks(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at + 100_000));
      at += 100_000;
      if (at >= bytes.length) controller.close();
    },
  });
}
