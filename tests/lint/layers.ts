/**
 * Fails on an import that goes up a layer, from one ledger to another, or into a folder that is not
 * for it, and on what `circles.ts` and `names.ts` find. Run by `deno task check`.
 */
import { join } from "node:path";
import { circleFaults } from "./circles.ts";
import { nameFaults } from "./names.ts";
import { importsOf, readSources } from "./sources.ts";

/** The layers from the bottom up: each may import itself and what lies before it. */
const LAYERS = [
  "kernel",
  "kv",
  "log",
  "sockets",
  "remote",
  "web",
  "streams",
  "ledgers",
  "server",
  "dev",
  "cli",
];

/** Folders beside the layers: what they may import, and who may import them. */
const ASIDE: Readonly<
  Record<string, { imports: readonly string[]; importedBy: readonly string[] }>
> = {
  python: { imports: ["python", "kernel"], importedBy: ["python", "ledgers"] },
  crypto: { imports: ["crypto", "kernel"], importedBy: ["crypto", "ledgers", "streams"] },
  client: { imports: ["client"], importedBy: ["client", "page"] },
  page: { imports: ["page", "client"], importedBy: ["page", "server"] },
};

/** What only one layer may say. */
const ONLY_IN: readonly { readonly text: RegExp; readonly layer: string; readonly what: string }[] =
  [
    { text: /\bDeno\.openKv\b/, layer: "kv", what: "opens the store" },
    { text: /\bDeno\.upgradeWebSocket\b/, layer: "server", what: "owns sockets" },
  ];

/** The faults of one source file; `path` is relative to the source folder. */
export function layerFaults(path: string, text: string): string[] {
  const [layer = "", ledger = ""] = path.split("/");
  const faults: string[] = [];
  for (const target of importsOf(path, text)) {
    // Its version is read there, and nowhere written twice.
    if (target === "../deno.json") continue;
    const [targetLayer = "", targetLedger = ""] = target.split("/");
    if (!mayImport(layer, targetLayer)) {
      faults.push(`${path}: ${layer} may not import ${target}`);
    }
    const isLedger = layer === "ledgers" && ledger !== "" && !ledger.endsWith(".ts");
    if (isLedger && targetLayer === "ledgers" && !targetLedger.endsWith(".ts")) {
      const isShared = targetLedger.startsWith("shared");
      if (targetLedger !== ledger && !isShared) {
        faults.push(`${path}: a ledger may not import another ledger (${target})`);
      }
    }
  }
  for (const rule of ONLY_IN) {
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`|"[^"\n]*"/g, "");
    if (layer !== rule.layer && rule.text.test(code)) {
      faults.push(`${path}: only ${rule.layer} ${rule.what}`);
    }
  }
  return faults;
}

function mayImport(layer: string, target: string): boolean {
  const aside = ASIDE[layer];
  if (aside !== undefined) return aside.imports.includes(target);
  const guarded = ASIDE[target];
  if (guarded !== undefined) return guarded.importedBy.includes(layer);
  return LAYERS.indexOf(target) >= 0 && LAYERS.indexOf(target) <= LAYERS.indexOf(layer);
}

if (import.meta.main) {
  const sources = await readSources(join(import.meta.dirname ?? ".", "../../src"));
  const faults = [
    ...[...sources].flatMap(([path, text]) => layerFaults(path, text)),
    ...circleFaults(sources),
    ...nameFaults(sources),
  ];
  const report = faults.length === 0
    ? `Checked the layers, roads and names of ${sources.size} files\n`
    : `${faults.join("\n")}\n`;
  await Deno.stdout.write(new TextEncoder().encode(report));
  Deno.exit(faults.length === 0 ? 0 : 1);
}
