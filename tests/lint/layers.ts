/**
 * Fails on an import that goes up a layer, from one ledger to another, or into a folder that is not
 * for it. Run by `deno task check`.
 */
import { dirname, join, normalize, relative } from "node:path";

/** The layers from the bottom up: each may import itself and what lies before it. */
const LAYERS = ["kernel", "kv", "log", "sockets", "web", "streams", "ledgers", "server", "cli"];

/** Folders beside the layers: what they may import, and who may import them. */
const ASIDE: Readonly<
  Record<string, { imports: readonly string[]; importedBy: readonly string[] }>
> = {
  python: { imports: ["python", "kernel"], importedBy: ["python", "ledgers"] },
  crypto: { imports: ["crypto", "kernel"], importedBy: ["crypto", "ledgers", "streams"] },
  client: { imports: ["client"], importedBy: ["client"] },
};

/** What only one layer may say. */
const ONLY_IN: readonly { readonly text: RegExp; readonly layer: string; readonly what: string }[] =
  [
    { text: /\bDeno\.openKv\b/, layer: "kv", what: "opens the store" },
    { text: /\bDeno\.upgradeWebSocket\b/, layer: "server", what: "owns sockets" },
  ];

const IMPORT = /^\s*(?:import|export)\b[^;]*?\bfrom\s+"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

/** The faults of one source file; `path` is relative to the source folder. */
export function layerFaults(path: string, text: string): string[] {
  const [layer = "", ledger = ""] = path.split("/");
  const faults: string[] = [];
  for (const [, from, dynamic] of text.matchAll(IMPORT)) {
    const target = normalize(join(dirname(path), from ?? dynamic ?? ""));
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

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (path.endsWith(".ts")) yield path;
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname ?? ".", "../../src");
  const faults: string[] = [];
  let count = 0;
  for await (const path of sources(root)) {
    count++;
    faults.push(...layerFaults(relative(root, path), await Deno.readTextFile(path)));
  }
  const report = faults.length === 0
    ? `Checked the layers of ${count} files\n`
    : `${faults.join("\n")}\n`;
  await Deno.stdout.write(new TextEncoder().encode(report));
  Deno.exit(faults.length === 0 ? 0 : 1);
}
