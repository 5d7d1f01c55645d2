/** Where a request carries its URL once that is parsed. */
const ASKED = Symbol("asked URL");

interface Carrier {
  [ASKED]?: URL;
}

/** The URL of a request, which is parsed once for all who ask. Nobody may change it. */
export function askedUrl(request: Request): URL {
  return (request as Carrier)[ASKED] ??= new URL(request.url);
}
