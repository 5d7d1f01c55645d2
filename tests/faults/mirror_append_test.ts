import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { amount, figure } from "../support/amounts.ts";
import { assertMirrored } from "../support/mirrors.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

/** How often either side is killed: few times by default, fifty in a full run. */
const ROUNDS = amount("LEDGER_MIRROR_KILL_ROUNDS", 4);

/** Writers whose appends may be sent again, and others whose may not. */
const PRODUCERS = ["p-0", "p-1"];
const PLAIN = ["q-0", "q-1"];

const encoder = new TextEncoder();

const numbers = z.array(z.number());

/** What a writer has heard of each number that it has sent. */
class Writer {
  readonly answered = new Set<number>();
  readonly unknown = new Set<number>();
  sent = 0;
}

Deno.test(`what is appended through a mirror is there once, and what nobody answered is told so, after ${ROUNDS} kills of either`, async () => {
  await withFolder(async (folder) => {
    const ports = [freePort(), freePort()];
    const startRemote = () =>
      ServerProcess.start([`--store=${folder}/remote.db`, `--port=${ports[0]}`]);
    let remote = await startRemote();
    const origin = remote.origin("main");
    const startMirror = () =>
      ServerProcess.start([
        `--store=${folder}/mirror.db`,
        `--port=${ports[1]}`,
        `--follow=${origin}`,
      ]);
    let mirror = await startMirror();
    const through = new StreamsApi(mirror.origin("main"));
    for (const name of [...PRODUCERS, ...PLAIN]) await through.create(name);
    const writers = new Map([...PRODUCERS, ...PLAIN].map((name) => [name, new Writer()]));
    let isOver = false;
    const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
    const writing = [...writers].map(async ([name, writer]) => {
      const isProducer = PRODUCERS.includes(name);
      const headers = (seq: number): Record<string, string> =>
        isProducer
          ? { "producer-id": name, "producer-epoch": "0", "producer-seq": String(seq) }
          : {};
      while (!isOver) {
        const n = writer.sent++;
        for (let isDone = false; !isDone;) {
          const { status, text } = await through.send("POST", name, {
            headers: headers(n),
            // The runtime would send a whole body twice where its connection is cut.
            body: isProducer ? String(n) : ReadableStream.from([encoder.encode(String(n))]),
          }).catch(() => ({ status: 0, text: "" }));
          assert([0, 200, 204, 503].includes(status), `${status} ${text}`);
          isDone = status === 200 || status === 204;
          if (isDone) writer.answered.add(n);
          else await pause();
          if (isDone || isProducer) continue;
          writer.unknown.add(n);
          break;
        }
      }
    });
    const sent = () => [...writers.values()].reduce((sum, each) => sum + each.answered.size, 0);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const before = sent();
        await until("appends are answered", () => sent() >= before + 60 + round * 17 % 100);
        if (round % 2 === 0) {
          await mirror.kill();
          mirror = await startMirror();
        } else {
          await remote.kill();
          remote = await startRemote();
        }
      }
      const before = sent();
      await until("appends are answered", () => sent() >= before + 60);
    } finally {
      isOver = true;
      await within("the writers end", Promise.all(writing));
    }
    try {
      await assertMirrored(origin, mirror.origin("main"));
      let lost = 0;
      for (const [name, { answered, unknown, sent: count }] of writers) {
        const found: number[] = [];
        for (let at = "-1";;) {
          const { text, next, headers } = await through.get(`${name}?offset=${at}`);
          found.push(...numbers.parse(JSON.parse(text === "" ? "[]" : text)));
          if (headers.get("stream-up-to-date") === "true") break;
          at = next;
        }
        assertEquals(found.length, new Set(found).size, `${name} has something twice`);
        for (const n of answered) assert(found.includes(n), `${name} has not ${n}`);
        if (PRODUCERS.includes(name)) {
          assertEquals(found, Array.from({ length: count }, (_, n) => n));
        } else {
          for (const n of found) assert(answered.has(n) || unknown.has(n), `${name}: ${n}`);
          lost += unknown.size;
        }
      }
      figure("kills", ROUNDS);
      figure("appends answered", sent());
      figure("appends told as unknown", lost);
    } finally {
      await mirror.kill();
      await remote.kill();
    }
  });
});
