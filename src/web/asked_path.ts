/**
 * The path of a request with U+FFFD for bytes that are no UTF-8, as servers of Python's WSGI and ASGI
 * decode it. They also take `%2F` for a slash; here it is a part of a name, so that every name can be
 * asked for.
 */
export function decodedPath(path: string): string {
  if (!path.includes("%")) return path;
  return path.replace(/(?:%[\da-f]{2})+/gi, (run) => (
    encodeURIComponent(new TextDecoder().decode(Uint8Array.fromHex(run.replaceAll("%", ""))))
  ));
}
