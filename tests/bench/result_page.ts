/** The table of the page beside, which nobody writes by hand. */
import { cpus, loadavg, release, totalmem } from "node:os";
import { pathOf } from "./paths.ts";
import { cellsOf, HEAD, lineOf, type Row } from "./table.ts";

const PAGE = "./README.md";
const BEGIN = "<!-- The bench writes what follows. -->";
const END = "<!-- That was the table. -->";

/**
 * Puts lines into the page's table: those of the same names are replaced, the others stay. Each has
 * its date, and the machine is told of above.
 */
export async function writeTable(rows: readonly Row[]): Promise<void> {
  const page = await Deno.readTextFile(pathOf(PAGE));
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error("the page has no place for the table");
  const today = new Date().toISOString().slice(0, 10);
  const lines = new Map(linesOf(page.slice(begin, end)).map((line) => [nameOf(line), line]));
  for (const row of rows) lines.set(row.scenario, lineOf([...cellsOf(row), today]));
  const head = [...HEAD, "taken"];
  const table = [lineOf(head), lineOf(head.map(() => "---")), ...lines.values()].join("");
  const text = `${BEGIN}\n\n${machine()}\n\n${table}\n${END}`;
  await Deno.writeTextFile(
    pathOf(PAGE),
    page.slice(0, begin) + text + page.slice(end + END.length),
  );
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", pathOf(PAGE)],
    cwd: pathOf("../.."),
  }).output();
  if (!success) throw new Error("the page could not be formatted");
}

/** The lines of a table without its head. */
function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("| "))
    .filter((line) => !/^\| (?:scenario|-+) /.test(line))
    .map((line) => `${line}\n`);
}

function nameOf(line: string): string {
  return line.split("|")[1]?.trim() ?? "";
}

/** What the figures were taken on. */
function machine(): string {
  const all = cpus();
  // A machine that has other work to do as well shows here.
  const load = loadavg()[0]?.toFixed(1);
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Machine of the last run: ${all.length} cores (${all[0]?.model.trim() ?? "unknown"}), ` +
    `${memory} GiB of memory, ${Deno.build.os} ${release()}, Deno ${Deno.version.deno}; load average ` +
    `${load} when its last line was written.`;
}
