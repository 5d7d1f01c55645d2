import { join } from "node:path";
import { ServerProcess } from "./server.ts";
import { unpack } from "../vectors/stores/unpack.ts";

const FOLDER = join(import.meta.dirname ?? ".", "../vectors/stores");

/** What `make.ts` in `tests/vectors/stores` wrote of a store. */
export interface MadeStore {
  readonly key: string;
  readonly known: Readonly<
    Record<"hathor" | "bigchaindb" | "planetmint", Readonly<Record<string, string>>>
  >;
  readonly counts: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, { readonly status: number; readonly text: string }>>;
  readonly sockets: Readonly<Record<string, readonly string[]>>;
}

/** The names of all stores of earlier programs. */
export function oldStores(): string[] {
  const ending = ".db.gz";
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length)).sort();
}

/** Puts a copy of such a store where `path` says. */
export async function copyOldStore(name: string, path: string): Promise<MadeStore> {
  await Deno.writeFile(path, await unpack(join(FOLDER, `${name}.db.gz`)));
  return JSON.parse(await Deno.readTextFile(join(FOLDER, `${name}.json`)));
}

/**
 * The same, taken over by this program, on the runtime of the tests: one that is older does not read
 * what 0.1.0 kept in the runtime's own form.
 */
export async function copyTakenOver(name: string, path: string): Promise<MadeStore> {
  const made = await copyOldStore(name, path);
  const server = await ServerProcess.start([`--store=${path}`], {}, Deno.execPath());
  await server.stop();
  return made;
}

/** Flips one bit of a stored value, as a disk would. */
export async function flipBit(path: string, key: Deno.KvKey, bit = 163): Promise<void> {
  const kv = await Deno.openKv(path);
  try {
    const { value } = await kv.get<Uint8Array>(key);
    if (value === null) throw new RangeError(`nothing at ${JSON.stringify(key)}`);
    const at = bit % (value.length * 8);
    value[at >> 3] = (value[at >> 3] ?? 0) ^ (1 << (at & 7));
    await kv.set(key, value);
  } finally {
    kv.close();
  }
}
