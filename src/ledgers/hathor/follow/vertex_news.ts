import type { ReadRows } from "../../../log/projection.ts";
import type { HistoryNews } from "../rows/events.ts";
import { isVoided, type Metadata } from "../rows/metadata.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import type { StoredVertices } from "../rows/stored_vertices.ts";
import { inputsOf } from "../vertex/vertex.ts";

/** Vertices that are kept in mind of one change: of a larger one whatever it touches is told. */
const MOST = 20_000;

type Known = Pick<Metadata, "voidedBy" | "conflicts" | "spent" | "firstBlock">;

/**
 * Whom wallets hear of with a new vertex of a node that is followed: what its events change, held to
 * what was there before. Nothing is known of the first after a start, which may have begun before it.
 */
export class VertexNews {
  readonly #vertices: StoredVertices;
  /** What was there before, of what has been told of since the last vertex. */
  #before: Map<string, Known | undefined> | undefined;
  /** The event that ended that vertex. */
  #end: number | undefined;

  constructor(vertices: StoredVertices) {
    this.#vertices = vertices;
  }

  /** What came before is not known any more. */
  forget(): void {
    this.#before = this.#end = undefined;
  }

  /** Keeps in mind what there was before an event of a vertex. */
  async note(id: number, hash: string, rows: ReadRows): Promise<void> {
    if (this.#end !== undefined && id > this.#end) {
      this.#before = new Map();
      this.#end = undefined;
    }
    if (this.#before === undefined || this.#before.has(hash)) return;
    this.#before.set(hash, await readMetadata(hash, rows));
    if (this.#before.size > MOST) this.#before = undefined;
  }

  /**
   * Whom they hear of at the last event of a vertex; undefined where its events say it, or what came
   * before is not known.
   */
  async at(id: number, hash: string, rows: ReadRows): Promise<HistoryNews | undefined> {
    this.#end = id;
    const before = this.#before;
    if (before === undefined) return undefined;
    const now = new Map<string, Known | undefined>();
    for (const each of before.keys()) now.set(each, await readMetadata(each, rows));
    const isUndisputed = [...now].every(([each, known]) =>
      known === undefined ||
      (!isVoided(known) && known.conflicts.length === 0 && !wasVoided(before.get(each)))
    );
    if (isUndisputed) return undefined;
    const look = new Look(before, now, rows, hash);
    for (const each of before.keys()) {
      if (!await look.at(each)) continue;
      const vertex = await this.#vertices.find(each, rows);
      for (const { txId } of vertex === undefined ? [] : inputsOf(vertex.vertex)) {
        await look.at(txId);
      }
    }
    const freed = [...now].flatMap(([each, known]) =>
      known !== undefined && !isVoided(known) && wasVoided(before.get(each))
        ? [[each, known.firstBlock] as const]
        : []
    );
    return { freed, changed: look.changed };
  }
}

/** Looks at each vertex once, and notes those that are voided or spent otherwise than before. */
class Look {
  readonly changed: string[] = [];
  readonly #seen: Set<string>;

  constructor(
    readonly before: ReadonlyMap<string, Known | undefined>,
    readonly now: ReadonlyMap<string, Known | undefined>,
    readonly rows: ReadRows,
    hash: string,
  ) {
    this.#seen = new Set([hash]);
  }

  /** Whether it is voided otherwise. */
  async at(hash: string): Promise<boolean> {
    const now = await this.#nowOf(hash);
    if (now === undefined) return false;
    const old = this.before.has(hash) ? this.before.get(hash) : now;
    const isOtherwise = `${old?.voidedBy ?? []}` !== `${now.voidedBy}`;
    if (this.#seen.has(hash)) return isOtherwise;
    this.#seen.add(hash);
    if (isOtherwise || await this.#isSpentOtherwise(old, now)) this.changed.push(hash);
    return isOtherwise;
  }

  async #isSpentOtherwise(old: Known | undefined, now: Known): Promise<boolean> {
    for (const [index, hashes] of now.spent) {
      const spender = await this.#firstThatCounts(hashes, (hash) => this.#nowOf(hash));
      const before = old === undefined ? [] : old.spent.find(([at]) => at === index)?.[1] ?? [];
      const then = await this.#firstThatCounts(before, (hash) => this.#beforeOf(hash));
      if (spender !== then) return true;
    }
    return false;
  }

  async #firstThatCounts(
    hashes: readonly string[],
    of: (hash: string) => Known | undefined | Promise<Known | undefined>,
  ): Promise<string | undefined> {
    for (const hash of hashes) {
      const known = await of(hash);
      if (known !== undefined && !isVoided(known)) return hash;
    }
    return undefined;
  }

  #nowOf(hash: string): Known | undefined | Promise<Known | undefined> {
    return this.now.has(hash) ? this.now.get(hash) : readMetadata(hash, this.rows);
  }

  #beforeOf(hash: string): Known | undefined | Promise<Known | undefined> {
    return this.before.has(hash) ? this.before.get(hash) : readMetadata(hash, this.rows);
  }
}

function wasVoided(known: Known | undefined): boolean {
  return known !== undefined && isVoided(known);
}
