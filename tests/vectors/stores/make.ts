/**
 * Makes the store of a commit: runs its program, drives it over HTTP, and keeps the store with the
 * answers that it gave then.
 *
 *     deno run --allow-all tests/vectors/stores/make.ts <commit> <name>
 *
 * It writes `<name>.db.gz`, `<name>.json` with the answers, and `<name>.ndjson.gz`, an export. Times,
 * ids and keys are of the moment: a program cannot be told them.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ServerProcess } from "./program.ts";
import { heard, questions } from "./questions.ts";
import { fillBigchain, fillHieraChain, fillStreams, spendGenesis, VALIDATOR } from "./drive.ts";
import { asked, open, pause, show, until } from "./talk.ts";

const HERE = import.meta.dirname ?? ".";
const [commit, name] = Deno.args;
if (commit === undefined || name === undefined) throw new Error("make.ts <commit> <name>");

const folder = await Deno.makeTempDir();
const tree = join(folder, "tree");
const store = join(folder, "ledger.db");
await git("worktree", "add", "--detach", tree, commit);
try {
  await make(commit, name);
} finally {
  await git("worktree", "remove", "--force", tree);
  await Deno.remove(folder, { recursive: true });
}

async function make(commit: string, name: string): Promise<void> {
  const validators = `--bigchaindb-validators=${VALIDATOR.publicKey}:10`;
  const run = (...flags: string[]) => ServerProcess.start(tree, store, [validators, ...flags]);
  const quiet = "--hathor-mine=off";
  const height = async (origin: string) =>
    (await asked(origin, "GET", "/hathor/v1a/status")).dag.best_block.height;

  let server = await run(
    "--hathor-mine=1",
    "--hathor-mine-address=WRTFYzhTHkfYwub8EWVtAcUgbdUpsYMBpb",
  );
  await until("there are blocks", async () => await height(server.origin) >= 3);
  await server.stop();

  server = await run(quiet);
  const { again = "", ...spent } = await spendGenesis(server.origin);
  await fillHieraChain(server.origin);
  const bigchaindb = await fillBigchain(server.origin, "bigchaindb");
  const planetmint = await fillBigchain(server.origin, "planetmint");
  await fillStreams(server.origin);
  const before = await height(server.origin);
  await server.stop();
  const hathor = { ...spent, twice: await acceptAgain(again, spent.pay ?? "") };

  server = await run("--hathor-mine=1");
  await until("all is confirmed", async () => await height(server.origin) >= before + 3);
  await server.stop();

  server = await run(quiet);
  const { key } = await asked(server.origin, "POST", "/v1/keys", {
    name: "admin",
    scopes: ["admin"],
  });
  show(key);
  const known = { hathor, bigchaindb, planetmint };
  await pause(1_500);
  const answers: Record<string, { status: number; text: string }> = {};
  // Twice: what is added up for one answer is told by others from then on.
  for (const path of [...questions(known), ...questions(known)]) {
    const response = await fetch(server.origin + path, {
      headers: { authorization: `Bearer ${key}` },
    });
    answers[path] = { status: response.status, text: await response.text() };
  }
  const latest = await asked(server.origin, "GET", "/hathor/v1a/event?size=1");
  const counts = {
    hierachain: 60,
    hathor: latest.latest_event_id + 1,
    bigchaindb: 4,
    planetmint: 3,
    streams: 1,
  };
  const sockets = await heard(server.origin, counts);
  await open(server.origin, "GET", "/readyz", {});
  await server.stop();

  await write(`${name}.ndjson.gz`, await server.command("export", `--store=${store}`));
  // What opens a copy of it is to find the store itself, and not another life of it.
  const kv = await Deno.openKv(store);
  await kv.delete(["store", "life"]);
  kv.close();
  const db = new DatabaseSync(store);
  db.exec("pragma wal_checkpoint(truncate); pragma journal_mode=delete; vacuum");
  db.close();
  await write(`${name}.db.gz`, await Deno.readFile(store));
  const made = { commit, key, known, counts, answers, sockets };
  await Deno.writeTextFile(join(HERE, `${name}.json`), `${JSON.stringify(made, null, 1)}\n`);
}

/** What spends again is refused over HTTP: it comes as from a peer, to a node of the same program. */
async function acceptAgain(hex: string, sibling: string): Promise<string> {
  await Deno.copyFile(join(HERE, "again.ts"), join(tree, "again.ts"));
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(tree, "again.ts"), store, hex, sibling],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error("again.ts");
  return new TextDecoder().decode(stdout).trim();
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const zipped = new Blob([new Uint8Array(bytes)]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(join(HERE, file), zipped);
}

async function git(...args: string[]): Promise<void> {
  const { success } = await new Deno.Command("git", { args, cwd: HERE }).output();
  if (!success) throw new Error(`git ${args.join(" ")}`);
}
