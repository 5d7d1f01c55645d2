/**
 * One word, one thing: no exported name stands in two files, so that a search finds what is meant.
 * The ledgers do not know each other, and nobody knows the packages: two may have a name each.
 */
import { importsOf, type Sources } from "./sources.ts";

/** Names that stand twice, and why. */
const ALIKE: Readonly<Record<string, string>> = {};

const EXPORT =
  /^export (?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|enum) (\w+)/gm;

/** The names that stand in two files of which one could import the other, or a third both. */
export function nameFaults(sources: Sources, alike = ALIKE): string[] {
  const files = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    for (const [, name = ""] of text.matchAll(EXPORT)) {
      files.set(name, (files.get(name) ?? new Set()).add(path));
    }
  }
  const shared = sharers(sources);
  const twice = [...files].map(([name, found]) => ({ name, paths: [...found].sort() }))
    .filter(({ paths }) =>
      paths.some((path, at) => paths.slice(at + 1).some((other) => canMeet(path, other, shared)))
    );
  return [
    ...twice.filter(({ name }) => !Object.hasOwn(alike, name))
      .map(({ name, paths }) => `${name} stands in ${paths.join(" and ")}`),
    ...Object.keys(alike).filter((name) => !twice.some((other) => other.name === name))
      .map((name) => `${name} stands once: take it off the list in names.ts`),
  ];
}

/** Which ledgers have a part of a folder that ledgers share, as `shared ledger`. */
function sharers(sources: Sources): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [path, text] of sources) {
    const own = worldOf(path);
    for (const target of importsOf(path, text)) found.add(`${worldOf(target)} ${own}`);
  }
  return found;
}

function canMeet(path: string, other: string, shared: ReadonlySet<string>): boolean {
  const [here, there] = [worldOf(path), worldOf(other)];
  if (PACKAGES.includes(here) || PACKAGES.includes(there)) return here === there;
  return here === there || here === "" || there === "" || shared.has(`${here} ${there}`) ||
    shared.has(`${there} ${here}`);
}

/** Folders that are used without the rest of the program. */
const PACKAGES = ["client", "dev/node", "page/app"];

/** What a file is a part of: a package, one ledger, or (an empty text) what all of them share. */
function worldOf(path: string): string {
  const [layer = "", ledger = ""] = path.split("/");
  if (layer === "ledgers" && !ledger.endsWith(".ts")) return ledger;
  return PACKAGES.find((folder) => path.startsWith(`${folder}/`)) ?? "";
}
