import type { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../kernel/errors.ts";
import { Pace } from "../kernel/turn.ts";
import { foldIntoFile } from "./file_pages.ts";
import { lifeBeside, takeLife } from "./life.ts";

/** Rows, and bytes of values, that are written in one transaction. */
const ROWS = 1_000;
const BYTES = 8 * 1024 * 1024;

/** What SQLite and this program have beside a store's file. */
const BESIDE = ["-wal", "-shm"];

/**
 * Writes all that is in the file of a store to another, which is made anew and has no room that is not
 * used. SQLite's own way (`vacuum`) attaches a database, which the runtime allows to nobody who may
 * not do everything. Nobody may have the file open. Throws `store_refused` where the runtime would
 * keep a store otherwise than the file is.
 */
export async function writeCompact(from: string, to: string): Promise<void> {
  // One that was cut off may have left its own.
  for (const path of [...["", ...BESIDE].map((part) => to + part), lifeBeside(to)]) {
    await Deno.remove(path).catch(ignoreMissing);
  }
  // Whoever may not read the one may not read the other.
  const { mode } = await Deno.stat(from);
  const options = {
    write: true,
    createNew: true,
    ...(mode === null ? {} : { mode: mode & 0o777 }),
  };
  (await Deno.open(to, options)).close();
  // The tables are the runtime's own to make.
  (await Deno.openKv(to)).close();
  const { DatabaseSync } = await import("node:sqlite");
  const [source, target] = [new DatabaseSync(from), new DatabaseSync(to)];
  try {
    const tables = tablesOf(source);
    if (tables.join() !== tablesOf(target).join() || formOf(source) !== formOf(target)) {
      throw new LedgerError("store_refused", `${from} is of another form than this runtime's`);
    }
    for (const table of tables) await copyTable(source, target, table);
    target.exec("pragma wal_checkpoint(truncate)");
  } finally {
    source.close();
    target.close();
  }
  await takeLife(from, to);
}

/** Puts a file that is whole in the place of another: a crash leaves the one or the other. */
export async function putInPlace(file: string, location: string): Promise<void> {
  await foldIntoFile(file);
  for (const part of BESIDE) {
    // What was beside the old one would be taken for the new one's.
    const rest = await Deno.stat(location + part).then(({ size }) => size, () => 0);
    if (part === "-wal" && rest > 0) {
      throw new LedgerError("store_refused", `${location}${part} has something in it still`);
    }
    await Deno.remove(location + part).catch(ignoreMissing);
  }
  // Without what is beside it, either file is known by what is inside.
  await Deno.remove(lifeBeside(location)).catch(ignoreMissing);
  await Deno.rename(file, location);
  await Deno.rename(lifeBeside(file), lifeBeside(location)).catch(ignoreMissing);
  for (const part of [...BESIDE, ".lock"]) await Deno.remove(file + part).catch(ignoreMissing);
}

function tablesOf(database: DatabaseSync): string[] {
  return database.prepare("select name from sqlite_master where type = 'table' order by name").all()
    .map(({ name }) => String(name));
}

/** How the runtime keeps a store in the file, as far as SQLite knows. */
function formOf(database: DatabaseSync): string {
  const tables = database.prepare("select type, name, sql from sqlite_master order by name").all();
  return JSON.stringify([tables, database.prepare("select * from migration_state").all()]);
}

async function copyTable(source: DatabaseSync, target: DatabaseSync, table: string): Promise<void> {
  const reading = source.prepare(`select * from "${table}"`);
  reading.setReadBigInts(true);
  target.exec(`begin; delete from "${table}"`);
  const pace = Pace.ofSteps();
  let insert: ReturnType<DatabaseSync["prepare"]> | undefined;
  let [rows, bytes] = [0, 0];
  for (const row of reading.iterate()) {
    const values = Object.values(row);
    insert ??= target.prepare(
      `insert into "${table}" values (${values.map(() => "?").join(", ")})`,
    );
    insert.run(...values);
    bytes += values.reduce<number>(
      (sum, value) => sum + (value instanceof Uint8Array ? value.length : 8),
      0,
    );
    if (++rows < ROWS && bytes < BYTES) continue;
    [rows, bytes] = [0, 0];
    target.exec("commit; begin");
    await pace.give();
  }
  target.exec("commit");
  const count = (database: DatabaseSync) =>
    database.prepare(`select count(*) as count from "${table}"`).get()?.["count"];
  if (count(source) !== count(target)) throw new Error(`${table} was not copied whole`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
