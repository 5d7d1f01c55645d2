import { dirname, join, normalize } from "node:path";

/** The texts of a program's files by their paths, which are relative to its source folder. */
export type Sources = ReadonlyMap<string, string>;

const IMPORT = /^\s*(?:import|export)\b[^;]*?\bfrom\s+"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

/** Reads every source below a folder. */
export async function readSources(root: string): Promise<Sources> {
  const sources = new Map<string, string>();
  const read = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
      const path = join(folder, name);
      if (isDirectory) await read(path);
      else if (/\.tsx?$/.test(path)) sources.set(path, await Deno.readTextFile(join(root, path)));
    }
  };
  await read("");
  return sources;
}

/** The files that a file imports, types included, relative to the source folder. */
export function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, from, dynamic]) =>
    normalize(join(dirname(path), from ?? dynamic ?? ""))
  );
}
