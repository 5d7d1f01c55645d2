import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { BlockChain } from "../bench/hathor_blocks.ts";
import { run, spawn } from "../support/command_line.ts";
import { withFolder, withProcess } from "../support/server.ts";
import { within } from "../support/until.ts";

/** Blocks of a week ago, one on top of the other, as lines. */
function linesOfBlocks(count: number): { readonly lines: string[]; readonly last: string } {
  const chain = new BlockChain(1_790_000_000);
  const blocks = Array.from({ length: count }, () => chain.next());
  return { lines: blocks.map(({ bytes }) => bytes.toHex()), last: blocks.at(-1)?.hash ?? "" };
}

Deno.test("an import that is killed goes on when it is run again, and the server has it all", async () => {
  const count = 12_000;
  const { lines, last } = linesOfBlocks(count);
  await withFolder(async (folder) => {
    const store = join(folder, "node.db");
    const file = join(folder, "vertices.hex");
    await Deno.writeTextFile(file, `${lines.toReversed().join("\n")}\n`);
    const child = spawn(["import-vertices", file, "--store", store]);
    await child.stdin.close();
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    while (!said.includes("imported")) {
      const { value, done } = await within("progress", reader.read());
      if (done) throw new Error(`it has ended: ${said}`);
      said += value;
    }
    try {
      child.kill("SIGKILL");
    } catch {
      // It was faster than this test.
    }
    await within("the end", Promise.all([reader.cancel(), child.stdout.cancel(), child.status]));

    const again = await run(["import-vertices", file, "--store", store]);
    assertEquals(again.code, 0, again.stderr);
    const [, taken, known] =
      /: (\d+) imported, (\d+) were there, 0 refused\n$/.exec(again.stderr) ??
        [];
    assertEquals(Number(taken) + Number(known), count);
    assertEquals(Number(known) > 0, true);

    await withProcess([`--store=${store}`, "--hathor-mine=off"], async (server) => {
      const url = `${server.origin("main")}/hathor/v1a/block_at_height?height=${count}`;
      const response = await within("an answer", fetch(url));
      assertEquals((await response.json()).block.tx_id, last);
    });
    assertEquals((await run(["verify", "--rows", "--store", store])).code, 0);
  });
});

Deno.test("lines come from stdin as well; what is wrong is named by its line, and ends with 1", async () => {
  const { lines } = linesOfBlocks(3);
  await withFolder(async (folder) => {
    const store = join(folder, "node.db");
    const args = ["import-vertices", "-", "--store", store];
    const bad = await run(args, { stdin: `${lines[2]}\nno hex\n${lines[1]}\n` });
    assertEquals(bad.code, 1);
    assertStringIncludes(bad.stderr, "line 2: not_hex: ");
    assertStringIncludes(bad.stderr, "line 3: missing_dependency: ");
    assertStringIncludes(bad.stderr, "3 lines: 0 imported, 0 were there, 3 refused");
    const well = await run(args, { stdin: lines.join("\n") });
    assertEquals([well.code, well.stdout], [0, ""]);
    assertStringIncludes(well.stderr, "hathor/privatenet: 3 lines: 3 imported, 0 were there");
  });
});

Deno.test("a file that is not there, and a network that is none, are said", async () => {
  const none = await run(["import-vertices", "nowhere.hex", "--store=:memory:"]);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "There is no file of vertices at nowhere.hex");
  const network = await run(["import-vertices", "-", "--store=:memory:", "--hathor-network=x"]);
  assertEquals(network.code, 2);
});
