import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { startLedgerline } from "../../main.ts";
import config from "../../deno.json" with { type: "json" };
import node from "../../src/dev/node/package.json" with { type: "json" };
import { LedgerError } from "../../src/kernel/errors.ts";
import { succeeds, testUnlessMissing } from "../support/missing.ts";
import { pythonTest } from "../support/programs.ts";
import { PROGRAM_RUNTIME, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const COMMAND = [PROGRAM_RUNTIME, "run", "--no-check", "-A", join(ROOT, "main.ts")].join(" ");
const LEDGERS = ["bigchaindb", "hathor", "hierachain", "planetmint", "streams"];

Deno.test("servers in one process have stores and ports of their own, and let go of all", async () => {
  await using one = await startLedgerline();
  await using other = await startLedgerline({ settings: { "hathor-mine": "off" } });
  assertEquals(Object.keys(one.urls).sort(), LEDGERS);
  assertEquals(
    new Set([one, other].flatMap(({ url, urls }) => [url, ...Object.values(urls)])).size,
    12,
  );
  const chain = (origin = "") => `${origin}/api/ledger/chains/orders`;
  const made = await fetch(`${chain(one.urls.hierachain)}/create`, { method: "POST" });
  assertEquals(made.ok, true, await made.text());
  for (const [{ urls }, status] of [[one, 200], [other, 404]] as const) {
    const response = await fetch(`${chain(urls.hierachain)}/stats`);
    assertEquals(response.status, status, await response.text());
  }
  await one.stop();
  await assertRejects(() => fetch(one.url));
  const { status, body } = await fetch(`${other.url}/livez`);
  await body?.cancel();
  assertEquals(status, 200);
});

Deno.test("the packages for Node and Python have the program's version", async () => {
  const python = await Deno.readTextFile(join(ROOT, "src/dev/python/pyproject.toml"));
  assertEquals([node.version, node.license], [config.version, config.license]);
  assertStringIncludes(python, `\nversion = "${config.version}"\n`);
});

Deno.test("a setting that is none, or has a wrong value, is refused", async () => {
  for (const settings of [{ bogus: 1 }, { port: "x" }]) {
    const error = await assertRejects(() => startLedgerline({ settings }), LedgerError);
    assertEquals(error.code, "config_invalid");
  }
});

const NODE_PROGRAM = `
  import { startLedgerline } from "./index.js";
  const nodes = await Promise.all([startLedgerline(), startLedgerline({ settings: { "hathor-port": "off" } })]);
  const answers = nodes.map(async ({ url, urls, dev }) => {
    const root = await (await fetch(urls.bigchaindb + "/api/v1/")).json();
    if (!(await dev("clock", { isFrozen: true })).isFrozen || !(await dev("clock")).isFrozen) throw 1;
    const { id } = await dev("snapshots", {});
    const [{ address }] = (await dev("accounts")).bigchaindb.accounts;
    await dev("faucet", { ledger: "bigchaindb", address });
    if ((await dev("revert", { id })).chains["bigchaindb/chain"] !== 2) throw 3;
    if ((await dev("snapshots/" + id, undefined, "DELETE")).id !== id) throw 2;
    return [(await (await fetch(url)).json()).name, root.transactions, Object.keys(urls).sort()];
  });
  console.log(JSON.stringify(await Promise.all(answers)));
  await Promise.all(nodes.map((node) => node.stop()));
  await Promise.all(nodes.map((node) => node.stop()));
  const failed = await startLedgerline({ settings: { bogus: 1 } }).catch((error) => error.message);
  console.log(failed);
  await startLedgerline({ command: ["/none"] }).catch((error) => console.log(error.code));
  const { pid } = await startLedgerline();
  console.log("left", pid);
  process.exit();
`;

testUnlessMissing(
  "under Node a server is a process, which is told of when it fails and ends with the test's",
  succeeds("node", ["--version"]) ? undefined : "no node",
  async () => {
    await withFolder(async (folder) => {
      await Deno.copyFile(join(ROOT, "src/dev/node/index.js"), join(folder, "index.js"));
      await Deno.writeTextFile(join(folder, "package.json"), '{"type":"module"}');
      await Deno.writeTextFile(join(folder, "program.js"), NODE_PROGRAM);
      const { code, stdout, stderr } = await new Deno.Command("node", {
        args: ["program.js"],
        cwd: folder,
        // A setting of some other server.
        env: { LEDGERLINE_COMMAND: COMMAND, LEDGER_PORT: "x" },
      }).output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
      const [answers = "", ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
      assertEquals(JSON.parse(answers), [
        ["Ledgerline", "/transactions/", LEDGERS],
        ["Ledgerline", "/transactions/", LEDGERS.filter((name) => name !== "hathor")],
      ]);
      const left = lines.at(-1)?.split(" ").at(1) ?? "";
      assertStringIncludes(lines.join("\n"), "ended with 2 before it was ready");
      assertStringIncludes(lines.join("\n"), "ENOENT");
      assert(Number(left) > 0);
      await until("it has ended", () => !succeeds("kill", ["-0", left]));
    });
  },
);

const PYTEST = `
import json, pytest
from urllib.request import urlopen
from pytest_ledgerline import LedgerlineError, start_ledgerline

@pytest.fixture(scope="session")
def ledgerline_settings():
    return {"hathor-port": "off", "hierachain-escape-html": True}

def test_fixtures(ledgerline, ledgerline_session):
    assert ledgerline.pid != ledgerline_session.pid and ledgerline.url != ledgerline_session.url
    assert sorted(ledgerline.urls) == ["bigchaindb", "hierachain", "planetmint", "streams"]
    assert ledgerline.dev("clock", {"isFrozen": True})["isFrozen"] and ledgerline.dev("clock")["isFrozen"]
    with pytest.raises(LedgerlineError, match="422"):
        ledgerline.dev("clock", {"bogus": 1})
    kept = ledgerline.dev("snapshots", {"name": "kept"})["id"]
    key = ledgerline.dev("accounts")["bigchaindb"]["accounts"][3]["address"]
    ledgerline.dev("faucet", {"ledger": "bigchaindb", "address": key})
    assert ledgerline.dev("revert", {"id": kept})["chains"] == {"bigchaindb/chain": 2}
    assert ledgerline.dev(f"snapshots/{kept}", method="DELETE") == {"id": kept}
    with urlopen(ledgerline.urls["bigchaindb"] + "/api/v1/") as answer:
        assert json.load(answer)["transactions"] == "/transactions/"

def test_failure():
    with pytest.raises(LedgerlineError, match="ended with 2"):
        with start_ledgerline({"bogus": 1}):
            pass
`;

pythonTest(
  "pytest has a server as a fixture",
  ["pytest"],
  async (python) => {
    await withFolder(async (folder) => {
      const path = join(ROOT, "src/dev/python/pytest_ledgerline.py");
      await Deno.copyFile(path, join(folder, "pytest_ledgerline.py"));
      await Deno.writeTextFile(join(folder, "test_it.py"), PYTEST);
      const { code, stdout } = await new Deno.Command(python, {
        args: ["-m", "pytest", "-q", "-p", "pytest_ledgerline", "-p", "no:cacheprovider"],
        cwd: folder,
        env: { LEDGERLINE_COMMAND: COMMAND, LEDGER_PORT: "x", PYTHONPATH: folder },
      }).output();
      const said = new TextDecoder().decode(stdout);
      assertEquals(code, 0, said);
      assertStringIncludes(said, "2 passed");
    });
  },
);
