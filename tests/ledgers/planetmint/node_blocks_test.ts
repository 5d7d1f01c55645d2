import { assertEquals } from "@std/assert";
import { systemClock } from "../../../src/kernel/clock.ts";
import { planetmintNode } from "../../../src/ledgers/planetmint/node_blocks.ts";
import { Heard } from "../../../src/remote/heard.ts";
import { NodeAnswers } from "../../../src/remote/node_answers.ts";
import { RemoteServer } from "../../../src/remote/remote_server.ts";

/** Shows block 5 of a node that has it from its `known`-th answer about it on, and tells of `latest`. */
async function shown(known: number, latest: number) {
  const block = { app_hash: "ab", height: 5, transaction_ids: [] };
  let asked = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname.endsWith("/latest")) return Response.json({ ...block, height: latest });
    const isThere = pathname.endsWith("/blocks/5") && ++asked > known;
    return isThere ? Response.json(block) : new Response("", { status: 404 });
  });
  const heard = new Heard(systemClock, new AbortController().signal, 5_000);
  const origin = `http://127.0.0.1:${server.addr.port}`;
  try {
    const answers = new NodeAnswers(new RemoteServer({ origin, key: undefined }), heard);
    return await planetmintNode.show(answers, 5);
  } finally {
    await server.shutdown();
  }
}

Deno.test("a height is empty only where the node has blocks behind it, and none there", async () => {
  const empty = { height: 5, hash: undefined, transactions: [], bytes: 0 };
  assertEquals(await shown(Infinity, 4), undefined);
  // It says that it has that very block.
  assertEquals(await shown(Infinity, 5), undefined);
  assertEquals(await shown(Infinity, 6), empty);
  // It was written between two questions.
  assertEquals((await shown(1, 6))?.hash, "ab");
  assertEquals((await shown(0, 5))?.hash, "ab");
});
