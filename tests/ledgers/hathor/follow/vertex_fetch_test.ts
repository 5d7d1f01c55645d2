import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { VertexFetch } from "../../../../src/ledgers/hathor/follow/vertex_fetch.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { until, within } from "../../../support/until.ts";
import { nodeAt } from "../support/gateway.ts";
import { mineTo, withHathor } from "../support/hathor_api.ts";
import { networkOf } from "../support/vectors.ts";

const SIGNAL = new AbortController().signal;
const HASH = "ab".repeat(32);

function fetchFrom(origin: string): VertexFetch {
  return new VertexFetch(nodeAt(origin), 48_000);
}

/** Runs `body` with a node that answers each request as it is told. */
async function withAnswers(
  answer: (request: Request) => Response | Promise<Response>,
  body: (vertices: VertexFetch) => Promise<void>,
): Promise<void> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(options, answer);
  await body(fetchFrom(`http://127.0.0.1:${server.addr.port}`));
}

Deno.test("vertices are fetched from a node, whole, and those that it has not are none", async () => {
  await withHathor(async (api) => {
    await mineTo(api, "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f");
    const { transactions: [block] } = await api.get("/v1a/transaction?type=block&count=1");
    const vertices = fetchFrom(api.origin);
    const { tx1 } = genesisOf(networkOf("privatenet"));
    const fetched = await Promise.all(
      [block.tx_id, tx1.hash, HASH].map((hash) => vertices.fetch(hash, SIGNAL)),
    );
    assertEquals(fetched.map((vertex) => vertex?.hash), [block.tx_id, tx1.hash, undefined]);
  });
});

Deno.test("no more than sixteen vertices are asked for at once", async () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const notFound = '{"success":false,"message":"Transaction not found"}';
  const answer = async () => {
    await new Promise<void>((resolve) => most = Math.max(most, waiting.push(resolve)));
    return new Response(notFound);
  };
  await withAnswers(answer, async (vertices) => {
    const all = Promise.all(Array.from({ length: 40 }, () => vertices.fetch(HASH, SIGNAL)));
    for (let left = 40; left > 0; left -= Math.min(left, 16)) {
      await until("as many ask as may", () => waiting.length === Math.min(left, 16));
      for (const go of waiting.splice(0)) go();
    }
    assertEquals(new Set(await within("all are answered", all)), new Set([undefined]));
    assertEquals(most, 16);
  });
});

Deno.test("an answer that is not the vertex, or none at all, is told by its code", async () => {
  const { tx1 } = genesisOf(networkOf("privatenet"));
  const raw = tx1.bytes.toHex();
  const told = (body: unknown) => () => Response.json(body);
  const cases: [() => Response, string][] = [
    [told({ success: true, tx: { raw } }), "remote_invalid"],
    [told({ success: true, tx: { raw: "00" } }), "remote_invalid"],
    [told({ success: true, tx: { raw: "xy" } }), "remote_invalid"],
    [told({ success: true }), "remote_invalid"],
    [told({ success: false, message: "Invalid hash" }), "remote_invalid"],
    [() => new Response("<html>"), "remote_invalid"],
    [() => new Response("x".repeat(5_000_000)), "remote_invalid"],
    [() => new Response("", { status: 500 }), "remote_away"],
    [() => new Response("", { status: 429 }), "remote_away"],
    [() => new Response("", { status: 403 }), "remote_refused"],
  ];
  let answer = cases[0]?.[0];
  await withAnswers(() => answer?.() ?? new Response(), async (vertices) => {
    for (const [each, code] of cases) {
      answer = each;
      const error = await assertRejects(() => vertices.fetch(HASH, SIGNAL), LedgerError);
      assertEquals(error.code, code, error.message);
    }
  });
  const gone = fetchFrom("http://127.0.0.1:1");
  const error = await assertRejects(() => gone.fetch(HASH, SIGNAL), LedgerError);
  assertEquals(error.code, "remote_away");
});

Deno.test("whoever gives up waits for no answer", async () => {
  const ending = new AbortController();
  let asked = 0;
  const answer = (request: Request) =>
    new Promise<Response>((resolve) => {
      asked++;
      request.signal.addEventListener("abort", () => resolve(new Response()));
    });
  await withAnswers(answer, async (vertices) => {
    const fetching = Array.from({ length: 20 }, () => vertices.fetch(HASH, ending.signal));
    const settled = Promise.allSettled(fetching);
    await until("some are asked for", () => asked === 16);
    ending.abort();
    const ends = await within("all have ended", settled);
    assert(ends.every(({ status }) => status === "rejected"));
    assertEquals(asked, 16);
  });
});
