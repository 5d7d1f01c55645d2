import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import stringWidth from "string-width";
import { startScreen } from "../../src/cli/terminal/start_screen.ts";
import { succeeds, testUnlessMissing } from "../support/missing.ts";
import { PORTS_OFF } from "../support/ports.ts";
import { PROGRAM_RUNTIME, ServerProcess, surroundings, withProcess } from "../support/server.ts";
import { until } from "../support/until.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const LAST = "Ctrl-C stops\n";
const FLAGS = [
  "--store=:memory:",
  ...["port", "hierachain-port", "hathor-port", "bigchaindb-port", "bigchaindb-stream-port"],
  ...["planetmint-port", "planetmint-stream-port", "streams-port"],
].map((flag) => flag.startsWith("--") ? flag : `--${flag}=0`);

/** The lines of a screen that a shell can run. */
function commandsOf(screen: string): string[] {
  return screen.split("\n").filter((line) => line.startsWith("curl "));
}

Deno.test("in a pipe the screen has no colours and no times, and nothing is around it", async () => {
  const server = ServerProcess.run([...FLAGS, "--log-format=text"]);
  try {
    await until("the screen is shown", () => server.stdout.includes(LAST));
    const { stdout } = server;
    assert(!stdout.includes("\x1b"), stdout);
    assertStringIncludes(stdout.split("\n")[1] ?? "", "Ledgerline ");
    assertEquals(stdout.trimEnd().split("\n").at(-1), LAST.trimEnd());
    assert(!/\d\d:\d\d:\d\d/.test(stdout), stdout);
    for (const text of ["LEDGER ", "avocado spot town", "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6"]) {
      assertStringIncludes(stdout, text);
    }
    assertEquals(commandsOf(stdout).length, 5);
  } finally {
    assertEquals((await server.stop()).code, 0);
  }
});

Deno.test("in JSON there is no screen, and the last line of a start says that it is over", async () => {
  await withProcess(["--store=:memory:"], (server) => {
    const { stdout } = server;
    assertEquals(server.lines().at(-1)?.msg, "ready");
    for (const text of ["curl", "try", "Ctrl-C"]) assert(!stdout.includes(text), stdout);
    return Promise.resolve();
  });
});

testUnlessMissing(
  "every command of the screen works as it stands, and again",
  succeeds("curl", ["--version"]) ? undefined : "no curl",
  async () => {
    const server = ServerProcess.run([...FLAGS, "--log-format=text"]);
    try {
      await until("the screen is shown", () => server.stdout.includes(LAST));
      const commands = commandsOf(server.stdout);
      for (const command of [...commands, ...commands]) {
        const { code, stdout } = await new Deno.Command("sh", { args: ["-c", command] }).output();
        const answer = new TextDecoder().decode(stdout);
        assertEquals([command, code], [command, 0], answer);
        assert(/event_id|"events"|"docs"|"n":1/.test(answer), answer);
      }
    } finally {
      await server.stop();
    }
  },
);

testUnlessMissing(
  "a terminal is shown the screen in colours, unless NO_COLOR is set",
  succeeds("script", ["--version"]) ? undefined : "no script, which makes a terminal",
  async () => {
    const flags = FLAGS.join(" ");
    const command = `"${PROGRAM_RUNTIME}" run -A "${join(ROOT, "main.ts")}" ${flags}`;
    for (const more of [{}, { NO_COLOR: "1" }]) {
      const child = new Deno.Command("script", {
        args: ["-qec", `exec ${command}`, "/dev/null"],
        env: surroundings({ ...PORTS_OFF, TERM: "xterm", ...more }),
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      let shown = "";
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        shown += part;
        if (!shown.includes(LAST.trimEnd())) continue;
        // What Ctrl-C sends.
        const stdin = child.stdin.getWriter();
        await stdin.write(Uint8Array.of(3));
        stdin.releaseLock();
        break;
      }
      await child.status;
      await child.stdin.close().catch(() => {});
      assertEquals([more, shown.includes("\x1b[36mLedgerline")], [more, !("NO_COLOR" in more)]);
      assertStringIncludes(shown, "EVENTS LIVE");
    }
  },
);

Deno.test("wide names keep their columns, what does not show is quoted, and a key is told of", () => {
  const ledger = (title: string) => ({
    title,
    address: "http://there",
    events: "ws://there",
    step: "curl http://there; curl http://there/again",
  });
  const screen = startScreen({
    version: "1.2.3",
    page: undefined,
    store: "a\x1b[2J\nb",
    ledgers: [ledger("Plain"), ledger("日本語台帳")],
    isKeyNeeded: true,
  }, false);
  const rows = screen.split("\n").filter((line) => line.includes("  http://there"));
  const columns = rows.map((row) => stringWidth(row.slice(0, row.indexOf("http"))));
  assertEquals(columns.length, 2);
  assertEquals(columns[0], columns[1]);
  assertStringIncludes(screen, "a\\u001b[2J\\nb");
  const key = '-H "x-api-key: $LEDGER_KEY"';
  assertEquals(commandsOf(screen)[0], `curl ${key} http://there; curl ${key} http://there/again`);
});
