import { assert } from "@std/assert";
import { freePort } from "../support/ports.ts";
import { amount, figure } from "../support/amounts.ts";
import { assertMirrored, copiedHeads } from "../support/mirrors.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

/** How often either side is killed: few times by default, fifty in a full run. */
const ROUNDS = amount("LEDGER_MIRROR_KILL_ROUNDS", 4);

const STREAMS = ["a", "b", "c"];

Deno.test(`a mirror equals its remote, each event once, after ${ROUNDS} kills of either amid events`, async () => {
  await withFolder(async (folder) => {
    const port = freePort();
    const startRemote = () =>
      ServerProcess.start([`--store=${folder}/remote.db`, `--port=${port}`]);
    let remote = await startRemote();
    const origin = remote.origin("main");
    const startMirror = () =>
      ServerProcess.start([`--store=${folder}/mirror.db`, `--follow=${origin}`]);
    let mirror = await startMirror();
    const streams = new StreamsApi(origin);
    for (const name of STREAMS) await streams.create(name);
    let sent = 0;
    let isOver = false;
    const writers = STREAMS.map(async (name) => {
      while (!isOver) {
        try {
          await streams.append(name, { n: sent++, text: "é".repeat(sent % 200) });
        } catch {
          // The remote was killed: it comes back.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    });
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const before = sent;
        await until("events flow", () => sent >= before + 60 + round * 17);
        if (round % 2 === 0) {
          await mirror.kill();
          mirror = await startMirror();
        } else {
          await remote.kill();
          remote = await startRemote();
        }
      }
      const before = sent;
      await until("events flow", () => sent >= before + 60);
    } finally {
      isOver = true;
      await within("the writers end", Promise.all(writers));
    }
    try {
      await assertMirrored(origin, mirror.origin("main"));
      const events = [...(await copiedHeads(origin)).keys()].length;
      assert(events >= STREAMS.length);
      for (const name of STREAMS) {
        const path = `/v1/chains/${encodeURIComponent(`streams/${name}`)}/verify`;
        const answer = await fetch(mirror.origin("main") + path, { method: "POST" });
        const text = await answer.text();
        assert(text.includes('"ok":true'), text);
      }
      figure("kills", ROUNDS);
      figure("events sent", sent);
    } finally {
      await mirror.kill();
      await remote.kill();
    }
  });
});
