import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run, runWell, spawn } from "../support/command_line.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

/** The chain and the data of each line. */
function told(lines: string): unknown[] {
  return lines.split("\n").filter((line) => line !== "").map((line) => {
    const { chain, state, data } = JSON.parse(line);
    return [chain, state ?? data];
  });
}

Deno.test("tail follows the chains of several patterns, of a server and of a store, in lines for programs and for people", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/ledger.db`;
    const expected = [["streams/a", 1.5], ["streams/x/b", { n: 2 }]];
    await withProcess([store], async (server) => {
      const env = { LEDGER_URL: server.origin("main") };
      const api = new StreamsApi(server.origin("main"));
      for (const [name, data] of [["a", "1.50"], ["x/b", '{\n"n":2}'], ["y", "3"]] as const) {
        await api.create(name);
        await api.send("POST", name, { body: data });
      }
      const hierachain = new HieraChainApi(server.origin("hierachain"));
      await hierachain.create("c");
      await hierachain.append("c", { entity_id: "E", event_type: "made" });
      const args = ["tail", "streams/a", "streams/x/**", "--from=earliest", "-n", "2"];
      const lines = await runWell(args, { env });
      assertEquals(told(lines), expected);
      assertStringIncludes(lines, '"data":1.50', "numbers keep their digits");
      const shown = await runWell([...args, "--format=text"], { env });
      assertMatch(shown, /^\S+Z streams\/a data 1\.50\n\S+Z streams\/x\/b data \{ "n":2\}\n$/);
      const filtered = ["tail", "**", "--type=event", "--key=made", "--from=earliest", "-n", "1"];
      const [[chain]] = told(await runWell(filtered, { env })) as [[string]];
      assertEquals(chain, "hierachain/c");

      const first = JSON.parse(lines.split("\n")[0] ?? "").offset;
      const rest = await runWell(["tail", "streams/**", `--from=${first}`, "-n", "1"], { env });
      assertEquals(told(rest), expected.slice(1));
      for (
        const [more, words] of [["--from=7", "earliest, latest, a time"], [
          "streams//x",
          "no empty parts",
        ]] as const
      ) {
        const { code, stderr } = await run(["tail", "streams/*", more], { env });
        assertEquals(code, 1);
        assertStringIncludes(stderr, words);
      }
    });
    const args = ["tail", "streams/a", "streams/x/*", store, "--from=earliest", "-n", "2"];
    assertEquals(told(await runWell(args)), expected);
  });
});

Deno.test("tail of a pattern goes on over a server that is killed: nothing is missed, nothing twice", async () => {
  await withFolder(async (folder) => {
    const flags = [`--store=${folder}/ledger.db`, `--port=${freePort()}`];
    let server = await ServerProcess.start(flags);
    const origin = server.origin("main");
    const api = new StreamsApi(origin);
    await api.create("a");
    await api.append("a", 0);
    const tail = spawn(["tail", "streams/*", "--from=earliest", "-n", "6"], { LEDGER_URL: origin });
    await tail.stdin.close();
    let lines = "";
    const reading = (async () => {
      for await (const text of tail.stdout.pipeThrough(new TextDecoderStream())) lines += text;
    })();
    let notes = "";
    const noting = (async () => {
      for await (const text of tail.stderr.pipeThrough(new TextDecoderStream())) notes += text;
    })();
    try {
      await until("the first line", () => told(lines).length === 1);
      await server.kill();
      await until("that it is away", () => notes.includes("is away"));
      server = await ServerProcess.start(flags);
      await api.create("b");
      for (let n = 1; n < 6; n++) await api.append(n % 2 === 0 ? "a" : "b", n);
      await within("tail ends", Promise.all([reading, noting, tail.status]));
      assertEquals(told(lines).map((line) => Object(line)[1]).toSorted(), [0, 1, 2, 3, 4, 5]);
    } finally {
      await server.kill();
    }
  });
});
