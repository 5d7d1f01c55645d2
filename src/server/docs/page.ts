import { createHash } from "node:crypto";
import { Pace } from "../../kernel/turn.ts";
import type { DescribedPort, PlacedOperation } from "./place.ts";
import { operationsOf } from "./place.ts";
import { ORIGIN, SCRIPT, STYLE } from "./page_style.ts";
import { SchemaBook } from "./schema_book.ts";
import { escaped, schemaHtml } from "./schema_html.ts";
import type { Answer, MediaTypes, Shape } from "../../web/operation.ts";
import { VERSION } from "../../kernel/version.ts";

/** What a browser may do on the page: nothing but its own style and script, by what they are. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(STYLE)}'`,
  `script-src '${hashOf(SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** The API of a port for people. */
export async function docsPage(port: DescribedPort): Promise<string> {
  const book = new SchemaBook("draft-2020-12");
  const all = operationsOf(port);
  const others = Map.groupBy(
    all.filter(({ sameAs }) => sameAs !== undefined),
    (each) => `${each.method} ${each.part.name} ${each.sameAs}`,
  );
  const shown = all.filter(({ sameAs }) => sameAs === undefined);
  const turns = new Pace(1);
  const parts: { readonly link: string; readonly html: string }[] = [];
  for (const part of port.parts) {
    const operations: string[] = [];
    for (const each of shown.filter((each) => each.part === part)) {
      const also = others.get(`${each.method} ${part.name} ${each.path}`) ?? [];
      operations.push(operationHtml(each, also.map(({ path }) => path), book));
      if (turns.isDue) await turns.give();
    }
    if (operations.length === 0) continue;
    parts.push({
      link: `<a href="#${part.name}">${escaped(part.title)}</a>`,
      html: `<section class="part" id="${part.name}"><h2>${escaped(part.title)}</h2>` +
        `${operations.join("")}</section>`,
    });
  }
  const schemas = Object.entries(book.named).map(([name, schema]) =>
    `<details class="op" id="schema-${name}"><summary><span class="method head">schema</span>` +
    `<code class="path">${name}</code></summary><div>${schemaHtml(schema)}</div></details>`
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${escaped(port.title)}</title><style>${STYLE}</style></head><body>` +
    `<header><div><h1>${escaped(port.title)} <span class="dim">${VERSION}</span></h1>` +
    `<nav>${parts.map(({ link }) => link).join("")}</nav>` +
    `<input type="search" placeholder="Find a route ( / )" aria-label="Find a route" hidden>` +
    `</div></header><main><p>For programs: <a href="openapi.json">openapi.json</a> has all HTTP ` +
    `(OpenAPI 3.1), <a href="asyncapi.json">asyncapi.json</a> sockets, event streams and webhooks ` +
    `(AsyncAPI 3.0). Where the server needs a key, send it as ` +
    `<code>Authorization: Bearer</code>.</p>${parts.map(({ html }) => html).join("")}` +
    `<section class="part"><h2>Schemas</h2>${schemas.join("")}</section></main>` +
    `<script>${SCRIPT}</script></body></html>\n`;
}

function operationHtml(
  { method, path, parts, operation, sameAs: _, part }: PlacedOperation,
  also: readonly string[],
  book: SchemaBook,
): string {
  const { does, isOpen, query, headers, body, answers, socket, events, webhook } = operation;
  const id = `${method}${path}`;
  const messages = (
    kind: string,
    all: Readonly<Record<string, Shape>> = {},
    side: "input" | "output",
  ) =>
    Object.entries(all).map(([name, schema]) =>
      row(`<span class="${kind}">${escaped(name)}</span>`, schemaHtml(book.of(schema, side)))
    );
  const rows = [
    ...parts.map(({ name }) =>
      row(`<code>${escaped(name)}</code> <span class="dim">path</span>`, "text")
    ),
    ...parameterRows("query", query, book),
    ...parameterRows("header", headers, book),
  ];
  const answered = Map.groupBy(
    Object.entries({ ...answers, "any error": part.form() }).flatMap(([status, answer]) =>
      answerHtml(answer, book).map((html) => ({ status, html }))
    ),
    ({ html }) => html,
  );
  const key = isOpen === true ? "" : ` <span class="key">key</span>`;
  return `<details class="op" id="${escaped(id)}"><summary>` +
    `<span class="method ${method}">${method}</span>` +
    `<span class="path"><code>${escaped(path)}</code>${key}</span>` +
    `<span class="does">${escaped(does)}</span></summary><div>` +
    (also.length === 0
      ? ""
      : `<p class="dim">Also at ${
        also.map((each) => `<code>${escaped(each)}</code>`).join(", ")
      }</p>`) +
    table("", rows) +
    table("Body", body === undefined ? [] : bodyRows(body, book)) +
    table(
      "Answers",
      [...answered].map(([html, of]) => row(of.map(({ status }) => status).join(", "), html)),
    ) +
    table("Server-sent events", messages("send", events, "output")) +
    table("The socket sends", messages("send", socket?.sends, "output")) +
    table("The socket takes", messages("receive", socket?.takes, "input")) +
    table(
      "Calls back",
      webhook === undefined ? [] : messages("send", { [webhook.name]: webhook.body }, "output"),
    ) +
    `<pre>${escaped(exampleOf(method, path, body))}</pre></div></details>`;
}

function parameterRows(place: string, schema: Shape | undefined, book: SchemaBook): string[] {
  if (schema === undefined) return [];
  return book.members(schema, "input").map(({ name, isRequired, schema: own, description }) =>
    row(
      `<code>${escaped(name)}</code>${isRequired ? "" : "?"} <span class="dim">${place}</span>`,
      schemaHtml(own) +
        (description === undefined ? "" : ` <span class="dim">${escaped(description)}</span>`),
    )
  );
}

function bodyRows(content: MediaTypes, book: SchemaBook): string[] {
  return Object.entries(content).map(([type, schema]) =>
    row(escaped(type), schemaHtml(book.of(schema, "input")))
  );
}

/** What an answer holds, in each of its types. */
function answerHtml({ content, headers }: Answer, book: SchemaBook): string[] {
  const told = headers === undefined ? [] : book.members(headers, "output").map(({ name }) => name);
  const about = told.length === 0 ? "" : `<br><span class="dim">${escaped(told.join(", "))}</span>`;
  const kinds = Object.entries(content ?? {});
  if (kinds.length === 0) return [`<span class="dim">no body</span>${about}`];
  return kinds.map(([type, schema]) =>
    (type === "application/json" ? "" : `<span class="dim">${escaped(type)}</span> `) +
    schemaHtml(book.of(schema, "output")) + about
  );
}

function row(head: string, body: string): string {
  return `<tr><th scope="row">${head}</th><td>${body}</td></tr>`;
}

function table(title: string, rows: readonly string[]): string {
  if (rows.length === 0) return "";
  const head = title === "" ? "" : `<h3>${title}</h3>`;
  return `${head}<table><tbody>${rows.join("")}</tbody></table>`;
}

/** The same as a command; the page's script says where the server is. */
function exampleOf(method: string, path: string, body: MediaTypes | undefined): string {
  const [type] = Object.keys(body ?? {});
  const verb = method === "get" ? "" : method === "head" ? " -I" : ` -X ${method.toUpperCase()}`;
  const sent = type === undefined ? "" : ` -H 'content-type: ${type}' -d @body`;
  return `curl${verb} '${ORIGIN}${path}'${sent}`;
}
