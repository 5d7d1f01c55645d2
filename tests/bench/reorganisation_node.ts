/**
 * A node whose best chain another takes over from, which no route of ours can bring about: a miner's
 * block has to follow the best one. Arguments: the port, the store's file, and how many blocks.
 *
 * - A socket is answered whatever it says.
 * - `POST /next` takes in the next block of the chain that takes over, and answers with why it is
 *   refused, or nothing. With the first both weigh the same, with the second the other is the best.
 */
import { chainProjection } from "../../src/server/projections.ts";
import { openStore } from "../../src/kv/open.ts";
import type { Block } from "../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../src/log/log.ts";
import { TestNode } from "../ledgers/hathor/support/test_node.ts";
import { SteppedClock } from "../support/fake_clock.ts";
import { BlockChain, network } from "./hathor_blocks.ts";

/** Blocks that are on their way at a time. */
const AT_ONCE = 100;
/** Seconds that the last block is old: none may be of the future. */
const AGE_SECONDS = 1_000;
/** Whom the blocks of the chain that takes over pay to, so that they are others. */
const OTHER_PAYEE = 7;

const [port, path, count] = Deno.args;
const blocks = Number(count);
const from = Math.floor(Date.now() / 1_000) - blocks - AGE_SECONDS;
const best = new BlockChain(from);
const rival = new BlockChain(from);

const clock = new SteppedClock(Date.now());
const log = new Log(await openStore(path), { projectionOf: chainProjection, clock });
const node = await TestNode.open({ log, clock, network });
await node.start();

async function take(made: readonly Block[]): Promise<void> {
  for (let at = 0; at < made.length; at += AT_ONCE) {
    const some = made.slice(at, at + AT_ONCE);
    const answers = await Promise.all(some.map((block) => node.intake.accept(block)));
    const refused = answers.find(({ isAccepted }) => !isAccepted);
    if (refused !== undefined) throw new Error(JSON.stringify(refused));
  }
}

await take(Array.from({ length: blocks }, () => best.next()));
await take(Array.from({ length: blocks - 1 }, () => rival.next(OTHER_PAYEE)));

Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {} }, async (request) => {
  if (request.headers.get("upgrade") === "websocket") {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = () => socket.send("pong");
    return response;
  }
  if (request.method !== "POST") return new Response(null, { status: 404 });
  const answer = await node.intake.accept(rival.next(OTHER_PAYEE));
  return new Response(answer.isAccepted ? "" : answer.code);
});
