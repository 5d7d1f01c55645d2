import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { run } from "../../../support/command_line.ts";
import { withServer } from "../../../support/in_process.ts";
import { assertMirrored } from "../../../support/mirrors.ts";
import { freePort } from "../../../support/ports.ts";
import { pythonTest } from "../../../support/programs.ts";
import { withFolder } from "../../../support/server.ts";
import { HathorApi, withHathor } from "../support/hathor_api.ts";
import { withScenario } from "../support/nano_server.ts";
import { nanoStories, STORY_NETWORK } from "../support/nano_stories.ts";
import { nanoScenarios } from "../support/nano_vectors.ts";

/** What the original was asked of the scenario with all kinds of calls. */
function asked() {
  const { tokens } = nanoScenarios();
  assert(tokens?.http !== undefined);
  const paths = tokens.http.map(({ path, args }) => `${path}?${new URLSearchParams(args)}`);
  return { scenario: tokens, paths: paths.map((path) => path.replace(/^\/?(?:v1a\/)?/, "/v1a/")) };
}

/** An answer without what the engine alone reads of calls, which a mirror leaves out. */
function facts(text: string): unknown {
  return JSON.parse(text, (key, value) => key === "nc_args_decoded" ? undefined : value);
}

pythonTest("a mirror without an engine has a chain of contracts to the byte, and all its answers", [
  "hathorlib",
], async (python) => {
  const { scenario, paths } = asked();
  await withScenario(python, scenario, async (api, { main: remote, network }) => {
    await withServer(async ({ main: mirror }) => {
      await assertMirrored(remote, mirror);
      const there = new HathorApi(`${mirror}/hathor`);
      // Wallets ask it whether contracts are executed.
      for (const path of ["/v1a/version", ...paths]) {
        const [own, copied] = [await api.send("GET", path), await there.send("GET", path)];
        assertEquals([copied.status, facts(copied.text)], [own.status, facts(own.text)], path);
      }
    }, { flags: [`--follow=${remote}`, network, "--hathor-nano=off"] });
  });
});

pythonTest(
  "a mirror has a chain whole on which calls failed, were undone and executed again",
  ["hathorlib"],
  async (python) => {
    const { second } = nanoStories();
    const steps = second?.steps.filter(({ refused }) => refused === undefined) ?? [];
    assert(steps.length > 0);
    await withScenario(
      python,
      { steps },
      async (_, { main: remote, network }) => {
        await withServer(async ({ main: mirror }) => {
          await assertMirrored(remote, mirror);
        }, { flags: [`--follow=${remote}`, network, "--hathor-nano=off"] });
      },
      undefined,
      STORY_NETWORK,
    );
  },
);

pythonTest(
  "a chain of contracts is backed up, restored, verified and served without an engine",
  ["hathorlib"],
  async (python) => {
    const { scenario } = asked();
    await withScenario(python, scenario, () => Promise.resolve(), async (store, network) => {
      await withFolder(async (folder) => {
        const [backup, copy] = [join(folder, "backup"), join(folder, "copy.db")];
        for (
          const args of [
            ["backup", backup, "--store", store],
            ["restore", backup, "--store", copy],
            ["verify", "--rows", "--store", copy],
          ]
        ) {
          const { code, stderr, stdout } = await run(args);
          assertEquals(code, 0, `${args.join(" ")}: ${stderr}${stdout}`);
        }
        await withHathor(async (api) => {
          const { nc_creation_txs: made } = await api.get("/v1a/nano_contract/creation");
          assert(made.length > 0);
          const [{ nano_contract_id: id }] = made;
          const { history } = await api.get(`/v1a/nano_contract/history?id=${id}`);
          assert(history.length > 0);
          await api.get(`/v1a/nano_contract/logs?id=${history[0].hash}`);
          const { blueprints: [{ id: blueprint }] } = await api.get(
            "/v1a/nano_contract/blueprint/on_chain",
          );
          const source = await api.get(
            `/v1a/nano_contract/blueprint/source?blueprint_id=${blueprint}`,
          );
          assert(source.source_code.includes("class "));
          await api.get(`/v1a/nano_contract/state?id=${id}`, 404);
          assertEquals((await api.get("/v1a/version")).nano_contracts_enabled, false);
        }, { flags: [`--store=${copy}`, network, "--hathor-nano=off"] });
        // A mirror whose source is away, and has never said it.
        const away = `--follow=http://127.0.0.1:${freePort()}`;
        await withHathor(async (api) => {
          assertEquals((await api.get("/v1a/version")).nano_contracts_enabled, true);
        }, { flags: [`--store=${copy}`, network, "--hathor-nano=off", away] });
      });
    });
  },
);

Deno.test("a mirror that has nothing yet of a source that is away says that nobody executes contracts", async () => {
  await withHathor(async (api) => {
    assertEquals((await api.get("/v1a/version")).nano_contracts_enabled, false);
  }, { flags: [`--follow=http://127.0.0.1:${freePort()}`] });
});
