import type { Mutation, Store } from "../../src/kv/store.ts";
import { keySize } from "../../src/log/key_size.ts";
import { type ChainWrite, Committer } from "../../src/log/committer.ts";
import { headKey, segmentKey } from "../../src/log/keys.ts";
import { inMemory } from "./chains.ts";
import { ScriptedStore } from "./scripted_store.ts";
import { until } from "./until.ts";

/** What is written for a chain: its head, and so many bytes under `keys` others. */
export function prepared(chain: string, bytes = 100, keys = 1): ChainWrite {
  const value = new Uint8Array(bytes / keys);
  const sets = Array.from({ length: keys }, (_, at) => ({ key: segmentKey(chain, at), value }));
  sets.push({ key: headKey(chain), value: new Uint8Array(300) });
  const keyBytes = sets.reduce((sum, { key }) => sum + keySize(key), 0);
  const size = {
    mutations: sets.length,
    keyBytes,
    bytes: bytes + 300 + 2 * keyBytes + keySize(headKey(chain)),
  };
  return { sets, deletes: [], size };
}

/** The chains that an operation is for. */
export function chainsOf(mutation: Mutation | undefined): string[] {
  return mutation?.checks.map(({ key }) => String(key[1])) ?? [];
}

/** Holds every operation until it is let go, and remembers which there were. */
export class Gate {
  readonly sent: Mutation[] = [];
  readonly #held: (() => void)[] = [];
  #isOpen = false;

  constructor(script: ScriptedStore) {
    const { onCommit } = script;
    script.onCommit = async (apply, mutation) => {
      this.sent.push(mutation);
      if (!this.#isOpen) await new Promise<void>((resolve) => this.#held.push(resolve));
      return await onCommit(apply, mutation);
    };
  }

  /** Resolves when so many operations have been sent. */
  async reaches(count: number): Promise<void> {
    await until(`${count} operations`, () => this.sent.length >= count);
  }

  /** Lets the operations go that are held now. */
  letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }

  open(): void {
    this.#isOpen = true;
    this.letGo();
  }
}

/** A committer on a gated store. */
export interface Scene {
  readonly script: ScriptedStore;
  readonly gate: Gate;
  readonly committer: Committer;
  readonly store: Store;
}

/** Runs `body` with a committer whose first operation is held, so that all others have to wait. */
export async function whileHeld(
  body: (scene: Scene) => Promise<void>,
  isExclusive = true,
  onCommit?: ScriptedStore["onCommit"],
): Promise<void> {
  await inMemory(async (_log, store) => {
    const script = new ScriptedStore(store, isExclusive);
    if (onCommit !== undefined) script.onCommit = onCommit;
    const gate = new Gate(script);
    const committer = new Committer(script);
    const first = committer.commit("first", prepared("first"), null);
    await gate.reaches(1);
    await body({ script, gate, committer, store });
    await first;
  });
}

/** Names of so many chains. */
export const names = (count: number) => Array.from({ length: count }, (_, at) => `chain-${at}`);
