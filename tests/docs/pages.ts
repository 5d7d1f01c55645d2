import { join, relative } from "node:path";

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname ?? ".", "../..");

/** A page: its path in the repository, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Folders that hold nobody's words but a machine's, or those of others. */
const LEFT_OUT = new Set(["node_modules", "ledgerline-data"]);

/** Every page of the repository, in order of path. */
export async function allPages(): Promise<Page[]> {
  const paths = (await pathsUnder(ROOT)).sort();
  return await Promise.all(paths.map(async (path) => ({
    path: relative(ROOT, path),
    text: await Deno.readTextFile(path),
  })));
}

async function pathsUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (name.startsWith(".") || LEFT_OUT.has(name)) continue;
    if (isDirectory) found.push(...await pathsUnder(path));
    else if (name.endsWith(".md")) found.push(path);
  }
  return found;
}
