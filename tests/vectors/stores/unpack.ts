/** The bytes of a file that was packed with gzip. */
export async function unpack(path: string): Promise<Uint8Array> {
  const packed = (await Deno.open(path)).readable;
  return await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).bytes();
}
