import { dirname } from "node:path";

/**
 * A file to write, made for it: nothing that is there is written over.
 *
 * @param whereThere what to do where it is there already, for people
 */
export async function newFile(
  path: string,
  whereThere: string,
  mode = 0o666,
): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      // A link to nothing is there as well.
      const there = await Deno.stat(path).catch(() => undefined);
      const what = there?.isDirectory === true
        ? "is a folder: name a file in it"
        : `is there already: ${whereThere}`;
      throw new Error(`${path} ${what}`);
    }
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`There is no folder ${dirname(path)}: make it first`);
    }
    throw error;
  }
}
