/** Attributes of a node or an edge. */
export type DotAttributes = Readonly<Record<string, string>>;

/** An identifier of the DOT language that needs no quotes: a name, or a number. */
const PLAIN = /^(?:[a-z_]\w*|-?(?:\.\d+|\d+(?:\.\d*)?))$/i;
const KEYWORD = /^(?:node|edge|graph|digraph|subgraph|strict)$/i;

function quoted(text: string): string {
  if (PLAIN.test(text) && !KEYWORD.test(text)) return text;
  return `"${text.replaceAll('"', '\\"')}"`;
}

function listed({ label, ...others }: DotAttributes): string {
  const sorted = Object.entries(others).sort(([a], [b]) => a < b ? -1 : 1);
  const all = label === undefined ? sorted : [["label", label] as const, ...sorted];
  return all.length === 0
    ? ""
    : ` [${all.map(([name, value]) => `${name}=${quoted(value)}`).join(" ")}]`;
}

export function dotNode(name: string, attributes: DotAttributes = {}): string {
  return `\t${quoted(name)}${listed(attributes)}`;
}

export function dotEdge(from: string, to: string, attributes: DotAttributes = {}): string {
  return `\t${quoted(from)} -> ${quoted(to)}${listed(attributes)}`;
}

/** A setting of the whole graph, or with `of` what all of its nodes have. */
export function dotSetting(attributes: DotAttributes, of?: "node"): string {
  const text = listed(attributes);
  return of === undefined ? `\t${text.slice(2, -1)}` : `\t${of}${text}`;
}

export function dotSubgraph(name: string, lines: readonly string[]): string[] {
  return [`\tsubgraph ${quoted(name)} {`, ...lines.map((line) => `\t${line}`), "\t}"];
}

/** A directed graph as Python's `graphviz` 0.20 writes it, which the node uses. */
export function dotGraph(lines: readonly string[]): string {
  return ["digraph {", ...lines, "}", ""].join("\n");
}
