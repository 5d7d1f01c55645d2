/**
 * The bytes of a file that a command was given.
 *
 * @param kind what it should be, such as "export", for people
 */
export async function givenFile(
  path: string,
  kind: string,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`There is no ${kind} at ${path}`);
    throw error;
  }
  if (!(await file.stat()).isDirectory) return file.readable;
  file.close();
  throw new Error(`${path} is a folder, and no ${kind}`);
}
