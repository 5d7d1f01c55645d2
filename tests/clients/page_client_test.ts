import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { changeClock } from "../support/dev_clock.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { assertPort2661Free, PORT, withPort2661 } from "../support/port_2661.ts";
import { javascriptCommand, Program, pythonTest } from "../support/programs.ts";
import { withFolder, withProcess } from "../support/server.ts";
import { until } from "../support/until.ts";

const FOLDER = import.meta.dirname ?? ".";

Deno.test("the published page's JavaScript client runs unchanged", async () => {
  await withSample(
    await sample("JavaScript Client", "Python Client"),
    "client.js",
    async (path) => {
      const [command, ...args] = javascriptCommand();
      await assertFollows((folder) => Program.start(command, [...args, path], folder), {
        eventTypes: 1,
        connected: ["✅ Connected to HieraChain WebSocket"],
        disconnected: ["🔌 Disconnected"],
      });
    },
  );
});

pythonTest("the published page's Python client runs unchanged", ["websockets"], async (python) => {
  const path = join(FOLDER, "page_client.py");
  // The page's own text has lost its indentation, and nothing else.
  const flat = (text: string) => text.trim().split("\n").map((line) => line.trim());
  const published = await sample("Python Client", "Rust Client");
  assertEquals(flat(await Deno.readTextFile(path)), flat(published));
  await assertFollows((folder) => Program.start(python, [path], folder), {
    eventTypes: 0,
    connected: [],
    disconnected: [],
  });
});

/** What one of the page's clients does beside printing events and blocks. */
interface Expected {
  readonly eventTypes: number;
  readonly connected: readonly string[];
  readonly disconnected: readonly string[];
}

/** Runs a client against a server on the page's port, and asserts that it prints what happens. */
async function assertFollows(
  start: (folder: string) => Program,
  { eventTypes, connected, disconnected }: Expected,
): Promise<void> {
  await withPort2661(async () => {
    assertPort2661Free();
    await withFolder(async (folder) => {
      await withProcess(["--store=:memory:", `--hierachain-port=${PORT}`], async (server) => {
        const api = new HieraChainApi(server.origin("hierachain"));
        const client = start(folder);
        try {
          await until("the client is subscribed", async () => {
            const { body } = await api.get("/ws/status");
            return body.chains.supply_chain === 1 && body.stats.event_types_count === eventTypes;
          });
          // No block is closed before all of it is there.
          await changeClock(server.origin("main"), { isFrozen: true });
          await api.create("supply_chain");
          for (const type of ["production_complete", "quality_check"]) {
            await api.append("supply_chain", { entity_id: "PROD-001", event_type: type });
          }
          await changeClock(server.origin("main"), { advanceMs: 1_000, isFrozen: false });
          await api.blocks("supply_chain", 2);
          const hashes = await Promise.all([0, 1].map(async (index) => {
            const { body } = await api.get(`/api/ledger/chains/supply_chain/blocks/${index}`);
            return body.hash;
          }));
          await client.printed(hashes[1]);
          await server.stop();
          for (const line of disconnected) await client.printed(line);
          assertEquals(client.output.trim().split("\n"), [
            ...connected,
            `🆕 New block: ${hashes[0]}`,
            "📝 New event: main_chain_connection",
            "📝 New event: production_complete",
            "📝 New event: quality_check",
            `🆕 New block: ${hashes[1]}`,
            ...disconnected,
          ]);
        } finally {
          await client.kill();
        }
      });
    });
  });
}

/** The text of the page between the headings of two of its examples. */
async function sample(from: string, to: string): Promise<string> {
  const page = await Deno.readTextFile(join(FOLDER, "page.txt"));
  const [, text] = new RegExp(`Example: ${from}\\n(.*)Example: ${to}`, "s").exec(page) ?? [];
  assert(text !== undefined, `the page has no ${from}`);
  return text;
}

async function withSample(
  text: string,
  name: string,
  body: (path: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, name);
    await Deno.writeTextFile(path, text);
    await body(path);
  });
}
