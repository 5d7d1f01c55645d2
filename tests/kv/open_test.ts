import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { openStore } from "../../src/kv/open.ts";
import { freePort } from "../support/ports.ts";
import { withFolder } from "../support/server.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const HELPER = new URL("./open_helper.ts", import.meta.url).pathname;

/** A process of its own that opens a store. */
function helper(
  args: readonly string[],
  env: Record<string, string> = {},
  permissions: readonly string[] = ["--allow-all"],
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", ...permissions, "--config", CONFIG, HELPER, ...args],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Runs the helper to its end; what it said. */
async function outcomeOf(
  args: readonly string[],
  env?: Record<string, string>,
  permissions?: readonly string[],
): Promise<{ opened?: string; code?: string; message?: string }> {
  const child = helper(args, env, permissions);
  await child.stdin.close();
  const { stdout } = await child.output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("a second process on one file is refused, until the first is killed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/deep/er/kv.sqlite3`;
    const holder = helper([path, "hold"]);
    const reader = holder.stdout.getReader();
    const { value } = await reader.read();
    assertEquals(JSON.parse(new TextDecoder().decode(value)), { opened: path });
    const { code, message } = await outcomeOf([path]);
    assertEquals(code, "store_refused");
    assertStringIncludes(message ?? "", "Another process has this store open");
    assertStringIncludes(message ?? "", "denokv");
    const error = await assertRejects(() => openStore(path), LedgerError);
    assertEquals(error.code, "store_refused");
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    await holder.stdin.abort().catch(() => {});
    const store = await openStore(path);
    assertEquals([store.description, store.exclusive], [path, true]);
    store.close();
    (await openStore(path)).close();
  });
});

Deno.test("a place that looks like Deno Deploy and has no database is refused", async () => {
  await withFolder(async (folder) => {
    for (const name of ["DENO_DEPLOYMENT_ID", "DENO_DEPLOY"]) {
      const { code, message } = await outcomeOf([""], { [name]: "1", HOME: folder });
      assertEquals(code, "store_refused");
      assertStringIncludes(message ?? "", "no database is assigned");
    }
    for (const location of [`${folder}/kv.sqlite3`, ":memory:"]) {
      const { code, message } = await outcomeOf([location], { DENO_DEPLOYMENT_ID: "1" });
      assertEquals(code, "store_refused");
      assertStringIncludes(message ?? "", "would be lost");
      assertStringIncludes(message ?? "", location);
    }
  });
});

Deno.test("a store in memory is open at once, and gone when closed", async () => {
  for (let times = 0; times < 2; times++) {
    const store = await openStore(":memory:");
    assertEquals((await store.get(["a"])).value, null);
    await store.commit({ checks: [], sets: [{ key: ["a"], value: 1 }], deletes: [] });
    assertEquals((await store.get(["a"])).value, 1);
    assertEquals(store.exclusive, true);
    store.close();
  }
});

Deno.test("no location is refused", async () => {
  for (const location of [undefined, ""]) {
    const error = await assertRejects(() => openStore(location), LedgerError);
    assertEquals([error.code, error.message.startsWith("No store is set")], [
      "store_refused",
      true,
    ]);
  }
});

Deno.test("a folder that cannot be made, and a file that is none, are refused", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/sub`);
    await Deno.writeTextFile(
      `${folder}/file`,
      "not a database, and longer than a header".repeat(99),
    );
    for (const path of [`${folder}/file/kv.sqlite3`, `${folder}/file`, `${folder}/sub`]) {
      const error = await assertRejects(() => openStore(path), LedgerError);
      assertEquals(error.code, "store_refused");
      assertStringIncludes(error.message, "Cannot");
    }
  });
});

Deno.test("an address where nothing answers is refused, and credentials are not shown", async () => {
  Deno.env.set("DENO_KV_ACCESS_TOKEN", "a-token-for-tests-only");
  const port = freePort();
  const gone = await assertRejects(() => openStore(`http://127.0.0.1:${port}`), LedgerError);
  assertEquals(gone.code, "store_refused");
  assertStringIncludes(gone.message, `Cannot open http://127.0.0.1:${port}/`);
  for (
    const url of [
      `http://user:hunter2@127.0.0.1:${port}/?token=hunter2#hunter2`,
      "http://user:hunter2@:bad",
      "https://user:hunter2@",
    ]
  ) {
    const error = await assertRejects(() => openStore(url), LedgerError);
    assertEquals(error.code, "store_refused");
    assertEquals(Deno.inspect(error).includes("hunter2"), false, Deno.inspect(error));
  }
});

Deno.test("where looking for a local database is not allowed, it is not Deno Deploy", async () => {
  await withFolder(async (folder) => {
    const { code } = await outcomeOf([""], { DENO_DEPLOY: "1", HOME: folder }, [
      "--allow-env",
      "--allow-net",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
    ]);
    assertEquals(code, "store_refused");
  });
});
