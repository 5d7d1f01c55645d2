import { removeFolder } from "./folder.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { openStore } from "../../src/kv/open.ts";
import type { Store } from "../../src/kv/store.ts";
import { findDenokv, startDenokv } from "./denokv.ts";

/** Where one test keeps its data. */
export interface Place {
  /** Whether several stores may be open at a time, as those of several instances. */
  readonly isShared: boolean;
  /** Opens the data; what was written before is there again. */
  open(clock?: Clock): Promise<Store>;
  /** Ends everything, and removes the data. */
  remove(): Promise<void>;
}

/** A kind of store that the promises are held against. */
export interface Backend {
  readonly name: string;
  /** Makes an empty place; undefined where this machine cannot. */
  readonly place: (() => Promise<Place>) | undefined;
}

const denokv = findDenokv();

export const BACKENDS: readonly Backend[] = [
  { name: "memory", place: memoryPlace },
  { name: "file", place: filePlace },
  { name: "denokv", place: denokv === undefined ? undefined : () => denokvPlace(denokv) },
];

/** One store in memory. Closing it counts only at the end: reopening finds the same data. */
export async function memoryPlace(): Promise<Place> {
  let kept: Store | undefined = await openStore(":memory:");
  const store = kept;
  return {
    isShared: false,
    open: () => Promise.resolve(keepOpen(store)),
    remove() {
      kept?.close();
      kept = undefined;
      return Promise.resolve();
    },
  };
}

async function filePlace(): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "ledgerline-test-" });
  const opened = new Set<Store>();
  return {
    isShared: false,
    async open(clock) {
      return remember(await openStore(`${folder}/kv.sqlite3`, clock), opened);
    },
    async remove() {
      for (const store of opened) store.close();
      await removeFolder(folder);
    },
  };
}

async function denokvPlace(program: string): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "ledgerline-test-" });
  const server = await startDenokv(program, `${folder}/kv.sqlite3`);
  const opened = new Set<Store>();
  const pending = new Set<Promise<unknown>>();
  return {
    isShared: true,
    async open(clock) {
      return remember(await openStore(server.url, clock), opened, pending);
    },
    async remove() {
      // What is under way would be tried for seconds after its server is gone.
      await Promise.all(pending);
      for (const store of opened) store.close();
      await server.stop();
      await removeFolder(folder);
    },
  };
}

/** A store that is in `opened` until it is closed, once at the most. */
function remember(store: Store, opened: Set<Store>, pending?: Set<Promise<unknown>>): Store {
  opened.add(store);
  const close = () => {
    if (opened.delete(wrapped)) store.close();
  };
  const wrapped = over(store, close, pending);
  opened.delete(store);
  opened.add(wrapped);
  return wrapped;
}

function keepOpen(store: Store): Store {
  return over(store, () => {});
}

function over(
  store: Store,
  close: () => void,
  pending: Set<Promise<unknown>> = new Set(),
): Store {
  const note = <T>(operation: Promise<T>): Promise<T> => {
    const noted = operation.then(() => {}, () => {}).finally(() => pending.delete(noted));
    pending.add(noted);
    return operation;
  };
  return {
    description: store.description,
    exclusive: store.exclusive,
    get: (key) => note(store.get(key)),
    getMany: (keys) => note(store.getMany(keys)),
    list: (range, limit, reverse) => note(store.list(range, limit, reverse)),
    listThen: (range, limit, reverse, key) => note(store.listThen(range, limit, reverse, key)),
    commit: (mutation) => note(store.commit(mutation)),
    watch: (keys) => store.watch(keys),
    close,
  };
}
