/**
 * Roads are one way: no files import each other in a circle, nor do the folders of one folder, nor a
 * folder's own files and those of a folder in it. Where a folder has an order of its own, that holds.
 */
import { dirname } from "node:path";
import { importsOf, type Sources } from "./sources.ts";

/** Folders of one folder from the bottom up: each imports what lies before it, and none beside it. */
const ORDERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "ledgers/hathor": [
    ["vertex"],
    ["networks"],
    ["script"],
    ["json"],
    ["rules"],
    ["rows"],
    ["consensus"],
    ["intake"],
    ["queries"],
    ["follow"],
    ["http"],
    ["sockets"],
    ["mining"],
    ["wallet"],
    ["forward"],
  ],
  streams: [["chain"], ["http"], ["socket", "subscriptions"]],
  server: [["edge", "keys"], ["admin"]],
  cli: [["terminal", "settings"], ["backend"], ["commands"]],
};

/** The roads that are not one way, of all files. */
export function circleFaults(sources: Sources): string[] {
  const files = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    files.set(path, new Set(importsOf(path, text).filter((target) => sources.has(target))));
  }
  const folders = foldersOf([...sources.keys()]);
  return [
    ...circles(files).map((members) => circle(members)),
    ...[...folders].flatMap((folder) => {
      const roads = roadsIn(folder, files);
      return [
        ...circles(roads).map((members) => circle(members)),
        ...orderFaults(folder, roads),
      ];
    }),
  ];
}

function foldersOf(paths: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); !folders.has(at); at = dirname(at)) folders.add(at);
  }
  return folders;
}

/**
 * What imports what in a folder: each folder in it with all that is below stands for one, and so do
 * its own files where there is a folder beside them. Of the source folder the layers say that.
 */
function roadsIn(
  folder: string,
  files: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Set<string>> {
  const roads = new Map<string, Set<string>>();
  if (folder === ".") return roads;
  const partOf = (path: string) => {
    if (!path.startsWith(`${folder}/`)) return undefined;
    const [first = "", ...rest] = path.slice(folder.length + 1).split("/");
    return rest.length === 0 ? folder : `${folder}/${first}`;
  };
  for (const [path, targets] of files) {
    const from = partOf(path);
    if (from === undefined) continue;
    const others = roads.get(from) ?? new Set();
    roads.set(from, others);
    for (const target of targets) {
      const to = partOf(target);
      if (to !== undefined && to !== from) others.add(to);
    }
  }
  return roads;
}

function orderFaults(folder: string, roads: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const order = ORDERS[folder] ?? [];
  const rankOf = (path: string) => order.findIndex((names) => names.includes(basename(path)));
  return [...roads].flatMap(([from, targets]) =>
    [...targets].filter((to) => rankOf(from) >= 0 && rankOf(to) >= rankOf(from))
      .map((to) => `${from} may not import ${to}`)
  );
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function circle(members: readonly string[]): string {
  return `these import each other: ${[...members].sort().join(", ")}`;
}

/** The strongly connected components of more than one member (Tarjan's algorithm). */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const found: string[][] = [];
  const path: string[] = [];
  const indexes = new Map<string, number>();
  const lows = new Map<string, number>();
  const visit = (node: string): number => {
    let low = indexes.size;
    indexes.set(node, low);
    path.push(node);
    for (const target of graph.get(node) ?? []) {
      if (!indexes.has(target)) low = Math.min(low, visit(target));
      else if (path.includes(target)) low = Math.min(low, indexes.get(target) ?? low);
    }
    lows.set(node, low);
    if (low === indexes.get(node)) {
      const members = path.splice(path.indexOf(node));
      if (members.length > 1) found.push(members);
    }
    return low;
  };
  for (const node of graph.keys()) if (!indexes.has(node)) visit(node);
  return found;
}
