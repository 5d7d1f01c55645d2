// Holds SQLite's write lock on the file named by the argument, as a program does that makes a copy,
// until its input ends. Says `held` once it has it.
import { DatabaseSync } from "node:sqlite";

const [path = ""] = Deno.args;
const database = new DatabaseSync(path);
database.exec("PRAGMA busy_timeout = 5000");
database.exec("BEGIN IMMEDIATE");
await Deno.stdout.write(new TextEncoder().encode("held\n"));
for await (const _ of Deno.stdin.readable);
database.exec("ROLLBACK");
database.close();
