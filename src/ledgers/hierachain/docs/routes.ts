import { createHash } from "node:crypto";
import type { DescribedRoute } from "../../../web/described.ts";
import { inJson, plainAnswer } from "../../../web/operation.ts";
import type { AddRoute, RestTells } from "../rest/context.ts";
import { page, restJson } from "../rest/responses.ts";
import { originalDocument, type OriginalOperation, originals, parametersOf } from "./openapi.ts";

const STYLE = "body{font:1em/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}" +
  "td,th{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}code{font-size:.9em}";

/** What a browser knows the style by: nothing else on the page counts. */
const STYLE_HASH = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`;

const toldOfDocument: RestTells = () => ({
  does: "The operations of hierachain 0.2.0, in OpenAPI 3.1",
  answers: { 200: inJson({ type: "object" }) },
});

const toldOfPage: RestTells = () => ({
  does: "The operations of hierachain 0.2.0, for people",
  answers: { 200: plainAnswer("text/html; charset=utf-8") },
});

/**
 * Adds `/openapi.json`, and `/docs` and `/redoc`: one page, which the original loads from elsewhere
 * in two forms. `routes` are all of the ledger's.
 */
export function addDocsRoutes(add: AddRoute, routes: () => Iterable<DescribedRoute>): void {
  const shown = () => page(docsPage(originals(routes())), STYLE_HASH);
  add("GET", "/openapi.json", toldOfDocument, () => {
    return restJson(originalDocument(originals(routes())));
  }, "page");
  add("GET", "/docs", toldOfPage, shown, "page");
  add("GET", "/redoc", toldOfPage, shown, "page");
}

/** The page: nothing on it comes from a client, and no text of it needs escaping. */
function docsPage(operations: readonly OriginalOperation[]): string {
  const rows = operations.map(({ method, path, operation }) => {
    const { does, original: { body } } = operation;
    const parameters = parametersOf(operation).map(([name]) => name);
    const fields = [...parameters, ...Object.keys(body?.fields ?? {})];
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
