import { useSyncExternalStore } from "./store.ts";

/** Where the page is: what stands behind `#` in its address, so that it works behind any path. */
export interface Place {
  /** Begins with a slash; its parts are escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a pattern's names stand for in a path. */
export type Params = Readonly<Record<string, string>>;

/** Reads what stands behind `#`. */
export function parsePlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  return { path: path.startsWith("/") ? path : `/${path}`, query: new URLSearchParams(query) };
}

/**
 * The values of a pattern's names in a path, unescaped; undefined where it does not match. `:name`
 * stands for one part, `*name` for all that is left.
 */
export function matchPath(pattern: string, path: string): Params | undefined {
  const wanted = partsOf(pattern);
  const given = partsOf(path);
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith("*")) {
      if (given.length <= at) return undefined;
      params[part.slice(1)] = given.slice(at).map(unescaped).join("/");
      return params;
    }
    const value = given[at];
    if (value === undefined) return undefined;
    if (part.startsWith(":")) params[part.slice(1)] = unescaped(value);
    else if (part !== value) return undefined;
  }
  return wanted.length === given.length ? params : undefined;
}

/** The address of a place. `path` is of parts that are escaped already; see {@linkcode pathOf}. */
export function hrefOf(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === "string" ? [value] : value ?? []) search.append(name, one);
  }
  const text = search.toString();
  return `#${path}${text === "" ? "" : `?${text}`}`;
}

/** A path of parts, each escaped; slashes in a part divide it. */
export function pathOf(...parts: readonly string[]): string {
  return `/${parts.flatMap((part) => part.split("/")).map(encodeURIComponent).join("/")}`;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Goes to an address that {@linkcode hrefOf} made. */
export function goTo(href: string, how: "push" | "replace" = "push"): void {
  if (how === "push") location.hash = href;
  else {
    history.replaceState(null, "", href);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

/** Where the page is, now and later. */
export function usePlace(): Place {
  return parsePlace(useSyncExternalStore(onHash, () => location.hash));
}

function onHash(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}
