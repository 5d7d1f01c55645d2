import { z } from "zod";
import { VERSION } from "../../kernel/version.ts";
import { askedUrl } from "../../web/asked_url.ts";
import { described } from "../../web/described.ts";
import { inJson, plainAnswer, type Tells } from "../../web/operation.ts";
import { type Ledger, type LedgerApp, type LedgerDefinition, prefixOf } from "../../web/ledger.ts";
import { PROBLEMS } from "../../web/problem.ts";
import { respond, respondJson } from "../../web/whole_response.ts";
import type { AskedAt } from "./asyncapi.ts";
import type { DescribedPart, DescribedPort } from "./place.ts";

/** A ledger at work, with what it is. */
interface DescribedLedger {
  readonly definition: LedgerDefinition;
  readonly ledger: Pick<Ledger, "words">;
}

/** Where a port tells of all its routes. */
export const DOCUMENTS = ["/openapi.json", "/asyncapi.json", "/docs"] as const;

/** The name of the server's own routes among those of ledgers. */
const SERVER: DescribedPart = {
  prefix: "",
  name: "server",
  title: "The server",
  form: formOf(PROBLEMS),
};

/** The routes of the main port, as documents tell them. */
export function mainParts(mounted: readonly DescribedLedger[]): DescribedPart[] {
  const ledgers = mounted.map((each) => ({
    ...partOfLedger(each),
    prefix: prefixOf(each.definition),
  }));
  return [...ledgers, SERVER];
}

/** All of a native port. */
export function partOfLedger(
  { definition: { name, title }, ledger }: DescribedLedger,
): DescribedPart {
  return { prefix: "", name, title, form: formOf(ledger.words ?? PROBLEMS) };
}

function formOf({ form = PROBLEMS.form }: { form?: DescribedPart["form"] }): DescribedPart["form"] {
  return form ?? (() => ({}));
}

/**
 * Adds what tells of all routes and sockets of a port, to everybody: `/openapi.json`,
 * `/asyncapi.json`, and `/docs` for people. They are made when they are first asked for. Of `own`
 * paths the port has something else.
 */
export function documentRoutes(
  app: LedgerApp,
  about: Omit<DescribedPort, "app">,
  own: readonly string[] = [],
): void {
  const port = { ...about, app };
  const add = (
    path: typeof DOCUMENTS[number],
    told: Tells,
    answer: (request: Request) => Promise<Response>,
  ) => {
    if (own.includes(path)) return;
    app.get(path, described(told, ({ req: { raw } }) => answer(raw)));
  };
  const openapi = kept(async () => {
    const { openapiOf } = await import("./openapi.ts");
    return JSON.stringify(await openapiOf(port));
  });
  const asyncapi = kept(async () => {
    const { asyncapiOf, serversAt } = await import("./asyncapi.ts");
    return { text: JSON.stringify(await asyncapiOf(port)), serversAt };
  });
  const page = kept(async () => {
    const { docsPage, PAGE_POLICY } = await import("./page.ts");
    return { html: await docsPage(port), policy: PAGE_POLICY };
  });
  add("/openapi.json", () => ({
    does: "Tells of all HTTP, in OpenAPI 3.1",
    isOpen: true,
    answers: { 200: inJson(DOCUMENT) },
  }), async () => document(await openapi()));
  add("/asyncapi.json", () => ({
    does: "Tells of all sockets, event streams and webhooks, in AsyncAPI 3.0",
    isOpen: true,
    answers: { 200: inJson(DOCUMENT) },
  }), async (request) => {
    const { text, serversAt } = await asyncapi();
    const servers = JSON.stringify(serversAt(askedAt(request)));
    return document(`${text.slice(0, -1)},"servers":${servers}}`);
  });
  add("/docs", () => ({
    does: "Shows both to people",
    isOpen: true,
    answers: { 200: plainAnswer(HTML_TYPE) },
  }), async () => {
    const { html, policy } = await page();
    return respond(html, {
      headers: {
        ...HEADERS,
        "content-type": HTML_TYPE,
        "content-security-policy": policy,
        "x-frame-options": "DENY",
      },
    });
  });
}

/** Makes something when it is first asked for, and again where that failed. */
function kept<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
}

const HTML_TYPE = "text/html; charset=utf-8";
const DOCUMENT = { type: "object", additionalProperties: true };

/** Adds `/version`. */
export function versionRoute(app: LedgerApp): void {
  app.get(
    "/version",
    described(
      () => ({
        does: "Tells which version this is",
        isOpen: true,
        answers: { 200: inJson(z.object({ name: z.string(), version: z.string() })) },
      }),
      () => respondJson({ name: "Ledgerline", version: VERSION }),
    ),
  );
}

const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function document(made: string): Response {
  return respond(made, { headers: { ...HEADERS, "content-type": "application/json" } });
}

/** A path that a proxy may say that it has taken away. */
const PREFIX = /^(?:\/[\w.~-]+)+$/;

/**
 * Where a client has asked, of which a proxy may know more: its scheme, and the path before the
 * server's own. Whoever says so without being one is answered alone, and nothing is kept.
 */
function askedAt(request: Request): AskedAt {
  const { host, protocol } = askedUrl(request);
  const scheme = request.headers.get("x-forwarded-proto") ?? protocol.slice(0, -1);
  const prefix = request.headers.get("x-forwarded-prefix")?.replace(/\/$/, "") ?? "";
  return { host, isSecure: scheme === "https", pathname: PREFIX.test(prefix) ? prefix : "" };
}
