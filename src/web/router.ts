import type { Context } from "hono";
import { admission } from "./admission.ts";
import type { Access, Need, Scope } from "./access.ts";
import { askedUrl } from "./asked_url.ts";
import { answering, type DescribedRoute } from "./described.ts";
import type { Tells } from "./operation.ts";
import { answerTo, type ErrorTable } from "./error_table.ts";
import type { LedgerApp, RequestEnv } from "./ledger.ts";
import { noteRoute } from "./noted_route.ts";
import { type AnsweredAt, usuallyAt } from "./owner.ts";
import { foldersOf, insidePath, patternParts, plainPath } from "./route_paths.ts";
import type { Words } from "./words.ts";

/** Answers a request: `C` is how it sees that, and `A` what it gives for an answer. */
export type EndpointHandler<C, A> = (call: C) => A | Promise<A>;

/** A path, and what is there. */
export interface Endpoint<C, A = Response> {
  /** Parts such as `:id` stand for anything without a slash, and such as `#height` for digits. */
  readonly path: string;
  readonly GET?: EndpointHandler<C, A>;
  readonly POST?: EndpointHandler<C, A>;
  readonly PUT?: EndpointHandler<C, A>;
  readonly DELETE?: EndpointHandler<C, A>;
  /** What GET needs to be allowed to do, where that is not to read. */
  readonly getScope?: Scope;
  /** What POST, PUT and DELETE need to be allowed to do, where that is not to append. */
  readonly postScope?: Scope;
  /** Where GET is answered, where it changes something or tells of what the owner has in memory. */
  readonly getAt?: AnsweredAt;
  /** Whether no key is needed. */
  readonly isOpen?: boolean;
  /** What its methods do. */
  readonly told?: {
    readonly GET?: Tells;
    readonly POST?: Tells;
    readonly PUT?: Tells;
    readonly DELETE?: Tells;
  };
}

/** How a ledger's server behaves beside what its endpoints do. */
export interface Manners<C, A> {
  readonly words: Words;
  readonly errors: ErrorTable;
  /** A request as the endpoints see it. */
  call(call: RoutedCall): C;
  /** The response for what an endpoint gives. */
  answer(given: A): Response;
  notFound(url: URL): Response;
  /** `allowed` are methods, such as GET, HEAD, OPTIONS and POST; `asked` is the one that is not. */
  methodNotAllowed(allowed: readonly string[], asked: string): Response;
  options(allowed: readonly string[]): Response;
  /** The answer to HEAD, given the one to GET; that one, without its body, where left out. */
  head?(answer: Response): Promise<Response>;
}

/** What the endpoints of an app are guarded by, and where they are. */
export interface RouterPlace {
  readonly access: Access;
  /** The chain that keys have to cover. */
  readonly chain: string;
  /** Where the app is; undefined for the root of a port. */
  readonly prefix: string | undefined;
}

/** A request that an endpoint was found for. */
export class RoutedCall {
  readonly request: Request;
  readonly #parts: Readonly<Record<string, string>> | undefined;

  constructor(request: Request, parts: Readonly<Record<string, string>> | undefined) {
    this.request = request;
    this.#parts = parts;
  }

  get url(): URL {
    return askedUrl(this.request);
  }

  /** What stands for a part of the path, decoded. */
  part(name: string): string {
    const part = this.#parts?.[name] ?? "";
    if (!part.includes("%")) return part;
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  }
}

/** An endpoint at one of its paths. */
interface Placed<C, A> {
  readonly path: string;
  readonly endpoint: Endpoint<C, A>;
  readonly allowed: readonly string[];
  /** By method; undefined where no key is needed. */
  readonly needs: { readonly GET: Need; readonly POST: Need } | undefined;
  readonly isLeaf: boolean;
}

/**
 * Finds the endpoint for a path, with or without a slash at its end, and lets in whoever may. Of two
 * for one path the first that was added counts, and paths without parts come before others.
 */
export class Router<C, A> {
  readonly #place: RouterPlace;
  readonly #manners: Manners<C, A>;
  readonly #plain = new Map<string, Placed<C, A>>();
  /** Those with parts in their paths, by their paths' words. */
  readonly #patterns = new Map<readonly string[], Placed<C, A>>();
  /** The paths above those of leaves. */
  readonly #folders = new Set<string>();

  constructor(place: RouterPlace, manners: Manners<C, A>) {
    this.#place = place;
    this.#manners = manners;
  }

  /** Adds endpoints under each of the bases. */
  add(bases: readonly string[], endpoints: readonly Endpoint<C, A>[]): this {
    for (const base of bases) for (const endpoint of endpoints) this.#add(base, endpoint, false);
    return this;
  }

  /**
   * Adds endpoints that answer for every path below theirs too, as Twisted's leaves do. The last
   * part of their paths may be empty, and what is above them is there, but takes no method.
   */
  addLeaves(bases: readonly string[], endpoints: readonly Endpoint<C, A>[]): this {
    for (const base of bases) {
      for (const endpoint of endpoints) {
        this.#add(base, endpoint, true);
        for (const folder of foldersOf(base + endpoint.path)) this.#folders.add(folder);
      }
    }
    return this;
  }

  #add(base: string, endpoint: Endpoint<C, A>, isLeaf: boolean): void {
    const { GET, POST, PUT, DELETE, getScope = "read", postScope = "append", isOpen } = endpoint;
    const { chain } = this.#place;
    const path = base + endpoint.path;
    const placed: Placed<C, A> = {
      path,
      endpoint,
      allowed: [
        ...DELETE ? ["DELETE"] : [],
        ...GET ? ["GET", "HEAD"] : [],
        "OPTIONS",
        ...POST ? ["POST"] : [],
        ...PUT ? ["PUT"] : [],
      ],
      needs: isOpen === true
        ? undefined
        : { GET: { scope: getScope, chain }, POST: { scope: postScope, chain } },
      isLeaf,
    };
    if (/[:#]/.test(path)) this.#patterns.set(path.split("/"), placed);
    else if (!this.#plain.has(path)) this.#plain.set(path, placed);
  }

  /** Answers every path of an app that it has no route for yet. */
  mount(app: LedgerApp): void {
    // One route for all: an app that finds several hands a request from one to the next.
    const answer = (c: Context<RequestEnv>) => this.#answer(c);
    app.all("*", answering(answer, () => this.routes()));
  }

  /** Every path with a method that is known there. */
  *routes(): Generator<DescribedRoute> {
    for (const { path, endpoint } of [...this.#plain.values(), ...this.#patterns.values()]) {
      for (const method of ["GET", "POST", "PUT", "DELETE"] as const) {
        if (endpoint[method] === undefined) continue;
        const { told = {}, isOpen = false } = endpoint;
        yield { method, path, told: told[method], isOpen };
      }
    }
  }

  async #answer({ req: { raw, path }, env }: Context<RequestEnv>): Promise<Response> {
    const manners = this.#manners;
    const found = this.#find(path);
    if (found === "folder") return manners.methodNotAllowed(["HEAD"], raw.method);
    if (found === undefined) return manners.notFound(askedUrl(raw));
    const { placed: { path: route, endpoint, allowed, needs }, parts } = found;
    noteRoute(raw, route);
    const method = raw.method === "HEAD" ? "GET" : raw.method;
    const handler = isMethod(method) ? endpoint[method] : undefined;
    if (handler === undefined) {
      if (method === "OPTIONS") return manners.options(allowed);
      return manners.methodNotAllowed(allowed, raw.method);
    }
    const need = needs?.[method === "GET" ? "GET" : "POST"];
    const refused = need && this.#refused(raw, need, env.isForeign === true);
    if (refused === undefined && env.handOver !== undefined && isOwners(endpoint, method)) {
      return await env.handOver(raw, true);
    }
    const answer = refused ?? await this.#run(handler, new RoutedCall(raw, parts));
    return raw.method === "HEAD" ? await manners.head?.(answer) ?? answer : answer;
  }

  #refused(request: Request, need: Need, isForeign: boolean): Response | undefined {
    const { words } = this.#manners;
    // Some of an API may be changed by GET, which a link on any page can send.
    if (isForeign && need.scope !== "read") {
      return words.failure(403, "A page of this origin may not do this", "origin_refused");
    }
    const grant = admission(this.#place.access, request, words, need);
    return grant instanceof Response ? grant : undefined;
  }

  async #run(handler: EndpointHandler<C, A>, call: RoutedCall): Promise<Response> {
    const { answer, call: seenAs, errors } = this.#manners;
    try {
      return answer(await handler(seenAs(call)));
    } catch (error) {
      return answerTo(error, errors);
    }
  }

  #find(path: string): Found<C, A> | "folder" | undefined {
    const plain = plainPath(path, this.#place.prefix);
    const placed = this.#plain.get(plain);
    if (placed !== undefined) return { placed, parts: undefined };
    const asked = plain.split("/");
    for (const [words, placed] of this.#patterns) {
      const parts = patternParts(words, asked);
      if (parts !== undefined) return { placed, parts };
    }
    if (this.#folders.size === 0) return undefined;
    const inside = insidePath(path, this.#place.prefix);
    return this.#folders.has(inside) ? "folder" : this.#leafAbove(inside.split("/"));
  }

  /** The first leaf on the way to a path. */
  #leafAbove(asked: readonly string[]): Found<C, A> | undefined {
    // No path of a leaf has as many words; the rest may be of any length.
    for (let words = 2; words <= Math.min(asked.length, MOST_WORDS); words++) {
      const above = asked.slice(0, words);
      const placed = this.#plain.get(above.join("/"));
      if (placed?.isLeaf === true) return { placed, parts: undefined };
      for (const [pattern, placed] of this.#patterns) {
        const parts = placed.isLeaf ? patternParts(pattern, above, true) : undefined;
        if (parts !== undefined) return { placed, parts };
      }
    }
    return undefined;
  }
}

/** An endpoint, and what stands for the parts of its path. */
interface Found<C, A> {
  readonly placed: Placed<C, A>;
  readonly parts: Record<string, string> | undefined;
}

/** More words than any path of an endpoint has. */
const MOST_WORDS = 10;

function isMethod(method: string): method is "GET" | "POST" | "PUT" | "DELETE" {
  return method === "GET" || method === "POST" || method === "PUT" || method === "DELETE";
}

/** Whether a request is answered by the owner of the log. */
function isOwners({ getAt }: Pick<Endpoint<unknown>, "getAt">, method: string): boolean {
  return ((method === "GET" ? getAt : undefined) ?? usuallyAt(method)) === "owner";
}
