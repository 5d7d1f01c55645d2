import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { openStore } from "../../src/kv/open.ts";
import { withFolder } from "../support/server.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const HELPER = new URL("./open_helper.ts", import.meta.url).pathname;

/** What another process says that opens a store. */
async function elsewhere(path: string, cwd?: string): Promise<{ code?: string; opened?: string }> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", "--config", CONFIG, HELPER, path],
    ...(cwd !== undefined && { cwd }),
    stdin: "null",
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Makes another name for a file. Undefined where this machine cannot. */
type Naming = (file: string, folder: string) => Promise<string | undefined>;

const NAMES: Record<string, Naming> = {
  "a hard link": async (file, folder) => {
    await Deno.link(file, `${folder}/hard.db`);
    return `${folder}/hard.db`;
  },
  "a symbolic link": async (file, folder) => {
    await Deno.symlink(file, `${folder}/soft.db`);
    return `${folder}/soft.db`;
  },
  "a link to its folder": async (file, folder) => {
    await Deno.symlink(file.slice(0, file.lastIndexOf("/")), `${folder}/linked`);
    return `${folder}/linked/ledger.db`;
  },
  "another way to write it": (file, folder) =>
    Promise.resolve(`${folder}/x/..${file.slice(folder.length)}`),
  "a bind mount": async (file, folder) => {
    await Deno.writeTextFile(`${folder}/bound.db`, "");
    const { success } = await new Deno.Command("mount", {
      args: ["--bind", file, `${folder}/bound.db`],
      stderr: "null",
    }).output();
    return success ? `${folder}/bound.db` : undefined;
  },
};

for (const [what, make] of Object.entries(NAMES)) {
  Deno.test({
    name: `a store that is open is refused by the name of ${what}, here and in another process`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await withFolder(async (folder) => {
        const file = `${folder}/in/ledger.db`;
        await Deno.mkdir(`${folder}/x`);
        const store = await openStore(file);
        const name = await make(file, folder);
        try {
          if (name === undefined) return;
          assertEquals((await elsewhere(name)).code, "store_refused");
          const error = await assertRejects(() => openStore(name), LedgerError);
          assertEquals(error.code, "store_refused");
          assertStringIncludes(error.message, "Another process has this store open");
          // Being refused has not disturbed whoever has it.
          await store.commit({ checks: [], sets: [{ key: ["a"], value: 1 }], deletes: [] });
          assertEquals((await elsewhere(name)).code, "store_refused");
          store.close();
          assertEquals((await elsewhere(name)).opened, name);
        } finally {
          if (what === "a bind mount" && name !== undefined) {
            await new Deno.Command("umount", { args: [name] }).output();
          }
        }
      });
    },
  });
}

Deno.test("a program of before, which locks a file beside the store alone, excludes this one", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    (await openStore(path)).close();
    const lock = await Deno.open(`${path}.lock`, { read: true, write: true });
    await lock.lock(true);
    await Deno.symlink(path, `${folder}/soft.db`);
    for (const name of [path, `${folder}/soft.db`]) {
      assertEquals((await elsewhere(name)).code, "store_refused", name);
    }
    lock.close();
    assertEquals((await elsewhere(path)).opened, path);
  });
});

Deno.test("a store named without a folder is one with the same named in full", async () => {
  await withFolder(async (folder) => {
    const store = await openStore(`${folder}/ledger.db`);
    assertEquals((await elsewhere("ledger.db", folder)).code, "store_refused");
    store.close();
    assertEquals((await elsewhere("ledger.db", folder)).opened, "ledger.db");
  });
});

Deno.test("a store that was killed is not opened by a hard link, where its last events are missing", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/ledger.db`;
    (await openStore(file)).close();
    await Deno.link(file, `${folder}/hard.db`);
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-all", "--config", CONFIG, HELPER, file, "hold"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    await holder.stdin.abort().catch(() => {});
    const error = await assertRejects(() => openStore(`${folder}/hard.db`), LedgerError);
    assertStringIncludes(error.message, `${file}-wal`);
    (await openStore(file)).close();
    (await openStore(`${folder}/hard.db`)).close();
  });
});
