import { createHash } from "node:crypto";
import type { AddRoute } from "../rest/context.ts";
import { page, restJson } from "../rest/responses.ts";
import { openapi } from "./openapi.ts";
import { OPERATIONS } from "./operations.ts";

const STYLE = "body{font:1em/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}" +
  "td,th{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}code{font-size:.9em}";

/** What a browser knows the style by: nothing else on the page counts. */
const STYLE_HASH = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`;

/**
 * Adds `/openapi.json`, and `/docs` and `/redoc`: one page, which the original loads from elsewhere
 * in two forms.
 */
export function addDocsRoutes(add: AddRoute): void {
  add("GET", "/openapi.json", () => restJson(openapi()), "page");
  add("GET", "/docs", () => page(docsPage(), STYLE_HASH), "page");
  add("GET", "/redoc", () => page(docsPage(), STYLE_HASH), "page");
}

/** The page: nothing on it comes from a client, and no text of it needs escaping. */
function docsPage(): string {
  const rows = OPERATIONS.map(({ method, path, does, query = {}, body }) => {
    const fields = [...Object.keys(query), ...Object.keys(body?.fields ?? {})];
    return `<tr><td><code>${method}</code></td><td><code>${path}</code></td><td>${does}` +
      `${fields.length === 0 ? "" : `<br><code>${fields.join(", ")}</code>`}</td></tr>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><title>HieraChain Ledger API</title>` +
    `<style>${STYLE}</style></head><body><h1>HieraChain Ledger API</h1>` +
    `<p>Every operation of hierachain 0.2.0, with the fields that it takes. ` +
    `<a href="openapi.json">openapi.json</a> has the same for programs. Events and blocks come ` +
    `over the WebSocket at <code>/ws</code> and <code>/ws/{chain_name}</code>.</p>` +
    `<table><tbody>${rows.join("")}</tbody></table></body></html>\n`;
}
