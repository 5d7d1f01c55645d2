import { respond } from "../web/whole_response.ts";

/** What is answered with besides the page; made when it is asked for first. */
interface ServedPage {
  readonly tag: string;
  readonly html: string;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly policy: string;
}

let served: Promise<ServedPage> | undefined;

/** Whether a request would rather see the page than JSON: a browser says so of what it is led to. */
export function isPageWanted({ headers }: Request): boolean {
  const accept = headers.get("accept") ?? "";
  const html = qualityOf(accept, "text/html");
  return html > 0 && html >= qualityOf(accept, "application/json");
}

/** How much a type is wanted, from 0 to 1, where it is named. */
function qualityOf(accept: string, type: string): number {
  for (const part of accept.toLowerCase().split(",")) {
    const [name = "", ...params] = part.split(";").map((word) => word.trim());
    if (name !== type) continue;
    const quality = params.find((param) => param.startsWith("q="));
    return quality === undefined ? 1 : Number(quality.slice("q=".length)) || 0;
  }
  return 0;
}

/**
 * The page, for browsers: one document that loads nothing and may only talk to this server. It is no
 * secret; what it shows it asks for with the key of whoever looks.
 */
export async function pageAnswer({ headers }: Request): Promise<Response> {
  const { tag, html, gzip, policy } = await (served ??= loaded());
  const common = {
    etag: tag,
    vary: "Accept, Accept-Encoding",
    "cache-control": "no-cache",
    "content-security-policy": policy,
    "referrer-policy": "no-referrer",
  };
  if (headers.get("if-none-match")?.includes(tag)) {
    return respond(null, { status: 304, headers: common });
  }
  const isPacked = /\bgzip\b/i.test(headers.get("accept-encoding") ?? "");
  return respond(isPacked ? gzip : html, {
    headers: {
      ...common,
      "content-type": "text/html; charset=utf-8",
      ...isPacked && { "content-encoding": "gzip" },
    },
  });
}

async function loaded(): Promise<ServedPage> {
  // A server that no browser asks has no use for it.
  const { DOCUMENT, SCRIPT_HASH, STYLE_HASH, TAG } = await import("../page/document.ts");
  const packed = new Blob([DOCUMENT]).stream().pipeThrough(new CompressionStream("gzip"));
  return {
    // The same for both forms, so it is a weak one.
    tag: `W/${TAG}`,
    html: DOCUMENT,
    gzip: await new Response(packed).bytes(),
    policy: [
      "default-src 'none'",
      `script-src '${SCRIPT_HASH}'`,
      `style-src '${STYLE_HASH}'`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; "),
  };
}
