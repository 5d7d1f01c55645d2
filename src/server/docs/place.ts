import { routesOf } from "../../web/described.ts";
import type { Answer, RouteOperation } from "../../web/operation.ts";

/** The routes of a port, and of whom they are. */
export interface DescribedPort {
  readonly title: string;
  readonly app: Parameters<typeof routesOf>[0];
  /** Ledgers by where they are on the port; what is below none of them is the server's own. */
  readonly parts: readonly DescribedPart[];
}

export interface DescribedPart {
  /** Without a slash at its end: empty for all of a port. */
  readonly prefix: string;
  readonly name: string;
  readonly title: string;
  /** What its errors are. */
  readonly form: () => Answer;
}

/** An operation at one of its paths. */
export interface PlacedOperation {
  /** In lower case, as documents have it. */
  readonly method: string;
  /** With parts such as `{name}`. */
  readonly path: string;
  readonly parts: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly operation: RouteOperation;
  readonly part: DescribedPart;
  /** The first path at which the same is, where this is another one. */
  readonly sameAs: string | undefined;
}

/** Methods that documents know. */
const METHODS: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "POST", "PUT"]);

/** All operations of a port, in the order of its parts. A route that nobody described is left out. */
export function operationsOf({ app, parts }: DescribedPort): PlacedOperation[] {
  const placed = new Map<string, PlacedOperation>();
  const firsts = new Map<unknown, string>();
  for (const { method, path: declared, told, isOpen } of routesOf(app)) {
    const path = pathOf(declared);
    const key = `${method} ${path}`;
    if (told === undefined || !METHODS.has(method) || placed.has(key)) continue;
    const part = parts.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    if (part === undefined) continue;
    const of = `${method} ${part.name}`;
    const first = firsts.get(told)?.startsWith(of) ? firsts.get(told) : undefined;
    if (first === undefined) firsts.set(told, `${of} ${path}`);
    placed.set(key, {
      method: method.toLowerCase(),
      path,
      parts: partsIn(declared),
      operation: isOpen === true ? { ...told(), isOpen } : told(),
      part,
      sameAs: first?.slice(of.length + 1),
    });
  }
  const order = (each: PlacedOperation) => parts.indexOf(each.part);
  return [...placed.values()].sort((a, b) => order(a) - order(b));
}

/** A path as documents have it: without a slash at its end. */
export function pathOf(declared: string): string {
  const path = declared.replaceAll(/[:#](\w+)/g, "{$1}");
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}

function partsIn(declared: string): PlacedOperation["parts"] {
  return [...declared.matchAll(/([:#])(\w+)/g)].map(([, sign, name = ""]) => (
    { name, isNumber: sign === "#" }
  ));
}
