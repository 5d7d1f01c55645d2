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
      throw new Error(`${path} is there already: ${whereThere}`);
    }
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`There is no folder for ${path}: make it first`);
    }
    throw error;
  }
}
