import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { amount, figure } from "../support/amounts.ts";
import { runWell } from "../support/command_line.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

/** How often the server is killed: few times by default, fifty in a full run. */
const ROUNDS = amount("LEDGER_KILL_ROUNDS", 5);

const view = z.object({ first: z.object({ offset: z.number() }).nullable(), events: z.number() });

/** Room that makes a stream have many segments, so that a cut takes several steps. */
const PADDING = "x".repeat(20_000);

Deno.test(`a stream whose beginning is cut off under appends is whole after each of ${ROUNDS} kills`, async () => {
  await withFolder(async (folder) => {
    const flags = [`--store=${folder}/ledger.db`, "--streams-retention=1s"];
    let told = -1;
    let cuts = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const server = await ServerProcess.start(flags);
      const main = server.origin("main");
      const api = new StreamsApi(main);
      if (round === 0) await api.create("s");
      const before = await firstOf(main);
      const writing = (async () => {
        for (let n = told + 1;; n++) {
          await api.append("s", [n, PADDING]);
          told = n;
        }
      })().catch((error: unknown) => error);
      // The kill comes amid the steps of a cut, each time somewhere else.
      await until("its beginning is being cut off", async () => await firstOf(main) > before);
      await new Promise((resolve) => setTimeout(resolve, 7 * round));
      await server.kill();
      assert(await writing instanceof TypeError);
      const report = await runWell(["verify", "--rows", `--store=${folder}/ledger.db`]);
      for (const line of report.trim().split("\n")) assertStringIncludes(line, ": ok, ");
      await withProcess(flags.slice(0, 1), async (after) => {
        assert(await firstOf(after.origin("main")) > before);
        const numbers = await numbersOf(new StreamsApi(after.origin("main")));
        const [first = 0] = numbers;
        assertEquals(numbers, numbers.map((_, at) => first + at));
        const last = numbers.at(-1) ?? told;
        assert(last === told || last === told + 1, `${last} is there, and ${told} was told`);
        // What was written and not told counts.
        told = last;
        cuts++;
      });
    }
    figure("kills amid cuts", cuts);
  });
});

async function firstOf(main: string): Promise<number> {
  const answer = await fetch(`${main}/v1/chains/streams%2Fs`);
  const { first, events } = view.parse(await answer.json());
  return first?.offset ?? events;
}

async function numbersOf(api: StreamsApi): Promise<number[]> {
  const found: number[] = [];
  for (let offset = "-1", isAll = false; !isAll;) {
    const { text, next, headers } = await api.get(`s?offset=${offset}`);
    for (const each of z.array(z.unknown()).parse(JSON.parse(text))) {
      if (typeof each === "number") found.push(each);
    }
    offset = next;
    isAll = headers.has("stream-up-to-date");
  }
  return found;
}
