import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { Life, Store } from "./store.ts";

const logger = getLogger(["ledgerline", "store"]);

/** What is wrong with a store that is cut, in words. */
export const CUT =
  "it was copied while it was open, without its -wal: what was appended last is missing";

/** Where a store keeps what it was last called. */
const LIFE: Deno.KvKey = ["store", "life"];

/** What the name ends with of that which is kept beside a store's file. */
const BESIDE = ".life";

/** The coarsest that file systems keep times in. */
const AT_MS = 2_000;

/**
 * What a store says of itself. It is kept as text: values of the runtime's own form cannot be read
 * by an earlier runtime.
 */
const inside = z.object({
  /** A new one at every note: a copy has an older one than the store it was made of. */
  nonce: z.string(),
  file: z.string(),
  /** Whether it was found to be a copy, and its new life has not begun. */
  isCopy: z.boolean(),
  /** What this life is called; empty for the first. */
  name: z.string(),
  /** The name by which the file was opened. */
  path: z.string(),
  /** Whether it was copied without what was beside it, and its new life has not begun. */
  isCut: z.boolean().default(false),
});

type Inside = Readonly<z.infer<typeof inside>>;

/** What fits to no file, as where it cannot be read what a store says. */
const UNREADABLE: Inside = { nonce: "", file: "", isCopy: true, name: "", path: "", isCut: false };

/** What the file beside a store says of it. */
interface Beside {
  readonly nonce: string;
  /** The nonce before, while the new one may not be in the store yet. */
  readonly before?: string | undefined;
  readonly file: string;
  /** When it was written last, in milliseconds since the epoch, as the file itself has it too. */
  readonly at: number;
}

/**
 * Tells a store's file from a copy of it. A copy that is put in the place of the file, or opened
 * elsewhere, has a past in common with it and no more: what was appended after the copy was made is
 * in one of the two, and a reader's position in one means nothing in the other.
 *
 * A word that changes is kept in the store and in a file beside it, `<store>.life`; with both is
 * which file it is, so that one that was only moved is known again. It is a copy where the words
 * differ, or where nothing is beside it, or it is another file than noted.
 */
export class StoreLife implements Life {
  readonly #store: Store;
  readonly #path: string;
  readonly #file: string;
  /** What this life is called: another name for each copy that was found to be one. */
  readonly name: string;
  #nonce: string;
  #isCopy: boolean;
  #isCut: boolean;
  #noting: Promise<void> = Promise.resolve();

  private constructor(store: Store, path: string, inside: Inside) {
    this.#store = store;
    this.#path = path;
    this.#file = inside.file;
    this.#nonce = inside.nonce;
    this.#isCopy = inside.isCopy;
    this.#isCut = inside.isCut;
    this.name = inside.name;
  }

  /**
   * Compares the two, and notes a new word in both. `isTornOff` says whether the file is as it was
   * while it was open, and its `-wal` is not there.
   */
  static async open(store: Store, file: string, isTornOff: boolean): Promise<StoreLife> {
    const path = lifeBeside(file);
    const value = await readInside(store);
    if (value !== undefined) await refuseOtherName(value, file);
    const beside = await read(path);
    const is = await identityOf(file);
    const isCopy = value === undefined ? beside !== undefined : isOther(value, beside, is);
    const life = new StoreLife(store, path, {
      nonce: value?.nonce ?? "",
      file: is,
      isCopy: isCopy || (value?.isCopy ?? false),
      name: isCopy ? crypto.randomUUID() : value?.name ?? "",
      path: file,
      // Where it is no copy another program may have taken what was beside it into the file.
      isCut: (isCopy && isTornOff) || (value?.isCut ?? false),
    });
    if (life.isCut) logger.error("{path}: {reason}", { path: file, reason: CUT });
    await life.note();
    return life;
  }

  /** Whether it is a copy whose new life has not begun. */
  get isCopy(): boolean {
    return this.#isCopy;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Its new life has begun. */
  async begun(): Promise<void> {
    this.#isCopy = false;
    this.#isCut = false;
    await this.note();
  }

  /**
   * Changes the word. What is copied from then on is told from what was copied before; so this is
   * done at the beginning and the end, and now and then.
   */
  note(): Promise<void> {
    this.#noting = this.#noting.then(() => this.#note());
    return this.#noting;
  }

  async #note(): Promise<void> {
    const before = this.#nonce;
    const nonce = crypto.randomUUID();
    const file = this.#file;
    const path = this.#path.slice(0, -BESIDE.length);
    const [isCopy, isCut] = [this.#isCopy, this.#isCut];
    const says: Inside = { nonce, file, isCopy, name: this.name, path, isCut };
    const value = new TextEncoder().encode(JSON.stringify(says));
    try {
      // In this order, so that whatever is cut off in between fits together all the same.
      await this.#write({ nonce, before, file });
      await this.#store.commit({ checks: [], sets: [{ key: LIFE, value }], deletes: [] });
      this.#nonce = nonce;
      await this.#write({ nonce, file });
    } catch (error) {
      logger.warn("a copy of this store may not be known as one: {error}", {
        error: messageOf(error),
      });
    }
  }

  async #write(beside: Omit<Beside, "at">): Promise<void> {
    const part = `${this.#path}.part`;
    const at = Math.floor(Date.now() / AT_MS) * AT_MS;
    await Deno.writeTextFile(part, JSON.stringify({ ...beside, at }));
    await Deno.utime(part, new Date(at), new Date(at));
    await Deno.rename(part, this.#path);
  }
}

/** Whether the file of that name was a store once. */
export function hasLife(file: string): Promise<boolean> {
  return Deno.stat(lifeBeside(file)).then(() => true, () => false);
}

/** What is kept beside a store's file, by its path. */
export function lifeBeside(file: string): string {
  return file + BESIDE;
}

/**
 * Has a file that is to take another's place, and has all that is in it, be the same store: it is no
 * copy, though it is another file. Nobody may have either open.
 */
export async function takeLife(from: string, to: string): Promise<void> {
  const kv = await Deno.openKv(to);
  try {
    const { value } = await kv.get<Uint8Array>(LIFE);
    // A store of before there were lives has none.
    if (value === null) return;
    const says = inside.parse(JSON.parse(new TextDecoder().decode(value)));
    const taken: Inside = { ...says, file: await identityOf(to), path: from };
    await kv.set(LIFE, new TextEncoder().encode(JSON.stringify(taken)));
  } finally {
    kv.close();
  }
}

/**
 * SQLite keeps what is not in the file yet beside the name by which it was opened. By another name
 * of the same file, a hard link's or a mount's, that would be missing. Throws `store_refused`.
 */
async function refuseOtherName({ path, file }: Inside, now: string): Promise<void> {
  if (path === now) return;
  try {
    const rest = await Deno.stat(`${path}-wal`);
    if (rest.size === 0 || await identityOf(path) !== file || file !== await identityOf(now)) {
      return;
    }
  } catch {
    return;
  }
  throw new LedgerError(
    "store_refused",
    `Its last events are in ${path}-wal: it has to be opened as ${path}`,
  );
}

function isOther(inside: Inside, beside: Beside | undefined, file: string): boolean {
  if (inside.file !== file) return true;
  if (beside === undefined) return false;
  return beside.file !== file ||
    (beside.nonce !== inside.nonce && beside.before !== inside.nonce);
}

/** What tells a file from its copies: a number of its own, which may be given again, and its birth. */
async function identityOf(file: string): Promise<string> {
  const { ino, birthtime } = await Deno.stat(file);
  return `${ino ?? ""}:${birthtime?.getTime() ?? ""}`;
}

/** What a store says of itself; undefined where it says nothing yet. */
async function readInside(store: Store): Promise<Inside | undefined> {
  try {
    const { value } = await store.get<Uint8Array>(LIFE);
    return value === null ? undefined : inside.parse(JSON.parse(new TextDecoder().decode(value)));
  } catch (error) {
    // The store answers; what is there cannot be what was written.
    if (error instanceof LedgerError) throw error;
    return UNREADABLE;
  }
}

const noted = z.object({
  nonce: z.string(),
  before: z.string().optional(),
  file: z.string(),
  at: z.number(),
});

/** What fits to no store. */
const OTHER: Beside = { nonce: "", file: "", at: 0 };

async function read(path: string): Promise<Beside | undefined> {
  try {
    const beside = noted.parse(JSON.parse(await Deno.readTextFile(path)));
    // Copied together with the store, into the places of both, it has a time of its own.
    const { mtime } = await Deno.stat(path);
    return mtime?.getTime() === beside.at ? beside : OTHER;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return OTHER;
  }
}
