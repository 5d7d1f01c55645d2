import { join } from "node:path";

const ROOT = join(import.meta.dirname ?? ".", "../../..");

/**
 * The rows of a table of a page, by the text of its first column's head. Words that stand in
 * backticks are without them.
 */
export async function tableOf(
  head: string,
  path = "src/web/README.md",
): Promise<readonly (readonly string[])[]> {
  const page = await Deno.readTextFile(join(ROOT, path));
  const tables = page.split("\n\n").map((part) =>
    part.split("\n").filter((line) => line.startsWith("|")).map(cellsOf)
  );
  const table = tables.find(([first]) => first?.[0] === head);
  if (table === undefined) throw new Error(`The page has no table of ${head}`);
  return table.slice(2);
}

function cellsOf(line: string): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", ""));
}
