import { LedgerError } from "../../../kernel/errors.ts";
import { Heap } from "../../../kernel/heap.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import { isThere } from "../rows/presence.ts";
import { dependenciesOf } from "../rules/dependencies.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { type Vertex, VertexVersion } from "../vertex/vertex.ts";
import { byTime, type EarlyVertex, earlyVertex, Waiting } from "./early_vertices.ts";
import { ImportFlights } from "./import_flights.ts";
import type { Intake } from "./intake.ts";
import type { HathorNode } from "./node.ts";
import type { ImportCounts, ImportTeller, RefusedLine } from "./import_report.ts";
import { vertexOfLine } from "./vertex_line.ts";

/** How lines are read. */
export interface ImportReading {
  /** Vertices that are looked over for the earliest of them: how far a line may be from its place. */
  readonly lookAhead: number;
  /** Lines that are looked up in the store at a time. */
  readonly linesAtOnce: number;
}

const READING: ImportReading = { lookAhead: 100_000, linesAtOnce: 256 };

/** Vertices that may wait for one that comes later than that. */
const MOST_WAITING = 100_000;
/** Bytes of all these vertices together. */
const MOST_BYTES = 128 * 1024 * 1024;
/** Vertices that are being taken in at a time. */
const AT_ONCE = 500;
/** Vertices that go between two looks at those whose rewards were locked. */
const TURNS = 256;

/**
 * Takes in vertices of a network's past, a line of hex for each, by the intake that takes in all
 * others. They may come in any order within {@linkcode ImportReading.lookAhead}: the earliest goes
 * first, and what is refused since it lacks a parent, an input or blocks on top of a reward waits for
 * it. Whatever is committed is whole: an import that was cut off is run again, and passes over what is
 * there.
 */
export class VertexImport {
  readonly #early = new Heap<EarlyVertex>(byTime);
  readonly #waiting = new Waiting();
  readonly #flights = new ImportFlights();
  /** What spends rewards that want more blocks, which may be among the lines. */
  readonly #locked: { readonly vertex: EarlyVertex; readonly message: string }[] = [];
  /** Height of the best block, and that at which locked ones were tried last. */
  #height = 0;
  #triedAt = 0;
  /** Whether some of the lines that were looked up last were known. */
  #meetsKnown = true;
  readonly #counts = { lines: 0, taken: 0, known: 0, refused: 0 };
  #bytes = 0;
  #turns = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly node: HathorNode,
    private readonly intake: Intake,
    private readonly teller: ImportTeller,
    private readonly reading: ImportReading = READING,
  ) {}

  /**
   * Imports lines until they end. Rejects with `too_large` where more waits than may, and with the
   * log's own errors; what was taken in until then stays.
   */
  async run(lines: AsyncIterable<string>): Promise<ImportCounts> {
    try {
      let some: string[] = [];
      for await (const line of lines) {
        some.push(line);
        if (some.length < this.reading.linesAtOnce) continue;
        await this.#read(some);
        some = [];
      }
      await this.#read(some);
      do {
        while (this.#early.size > 0) await this.#next();
        await this.#flights.oneEnded();
      } while (this.#flights.size > 0 || this.#early.size > 0 || this.#tryLocked());
    } finally {
      await this.#flights.allEnded();
    }
    this.#check();
    for (const [{ line, hash }, missing] of this.#waiting.left()) {
      const message = `${hash} builds on ${missing}, which has not been taken in`;
      await this.#refuse({ line, code: "missing_dependency", message });
    }
    for (const { vertex: { line }, message } of this.#locked) {
      await this.#refuse({ line, code: "RewardLocked", message });
    }
    return this.#counts;
  }

  async #read(lines: readonly string[]): Promise<void> {
    const read: { readonly vertex: Vertex; readonly line: number }[] = [];
    for (const text of lines) {
      const line = ++this.#counts.lines;
      const hex = text.trim();
      if (hex === "") continue;
      const { vertex, fault } = vertexOfLine(hex, this.node.network.maxVertexSize);
      if (vertex === undefined) await this.#refuse({ line, ...fault });
      else read.push({ vertex, line });
    }
    this.#flights.beginLook();
    const known = await this.#known(read.map(({ vertex }) => vertex));
    for (const [at, { vertex, line }] of read.entries()) {
      if (known[at] === true && !this.#flights.isGone(vertex.hash)) {
        this.#counts.known++;
        this.#flights.note(vertex.hash, line);
        // It may have come from elsewhere since its children were refused.
        this.#release(vertex.hash);
      } else {
        this.#bytes += vertex.bytes.length;
        this.#early.push(earlyVertex(vertex, line));
      }
    }
    while (
      this.#early.size > this.reading.lookAhead ||
      (this.#bytes > MOST_BYTES && this.#early.size > 0)
    ) {
      await this.#next();
    }
    if (this.#waiting.size + this.#locked.length > MOST_WAITING || this.#bytes > MOST_BYTES) {
      throw this.#tooManyWait();
    }
    await this.teller.progress(this.#counts);
  }

  /**
   * Which vertices are known, as far as that saves work: where nothing has been so, only the first
   * is looked up, and the intake finds the others.
   */
  async #known(vertices: readonly Vertex[]): Promise<readonly boolean[]> {
    const [first] = vertices;
    if (first === undefined || !(this.#meetsKnown || await this.#isKnown(first))) return [];
    const known = await Promise.all(vertices.map((vertex) => this.#isKnown(vertex)));
    this.#meetsKnown = known.includes(true);
    return known;
  }

  async #isKnown(vertex: Vertex): Promise<boolean> {
    const { hash } = vertex;
    return this.#flights.isComing(hash) || await isThere(vertex, this.node.rows);
  }

  /** Goes on with the earliest vertex. What waited for it has its turn among the others then. */
  async #next(): Promise<void> {
    this.#check();
    if (this.#turns++ % TURNS === 0) {
      this.#tryLocked();
      await this.teller.progress(this.#counts);
    }
    const vertex = this.#early.pop();
    if (vertex === undefined || !(await this.#go(vertex))) return;
    this.#release(vertex.hash);
  }

  /** What waited for a vertex has its turn among the others. */
  #release(hash: string): void {
    for (const released of this.#waiting.release(hash)) this.#early.push(released);
  }

  /** Hands a vertex to the intake, or has it wait. */
  async #go(early: EarlyVertex): Promise<boolean> {
    const { hash, bytes } = early;
    if (this.#flights.isComing(hash) || this.#waiting.has(hash)) {
      this.#bytes -= bytes.length;
      this.#counts.known++;
      return false;
    }
    const vertex = decodeVertex(bytes, this.node.network.maxVertexSize);
    // What else it lacks the intake says, which looks for it anyway.
    const waitsFor = dependenciesOf(vertex).find((dependency) => this.#waiting.has(dependency));
    if (waitsFor !== undefined) {
      this.#waiting.add(early, waitsFor);
      return false;
    }
    while (this.#flights.size >= AT_ONCE) await this.#flights.oneEnded();
    // The log takes commands in the order in which they come: what it builds on is before it.
    const landed = this.#takeIn(vertex, early);
    this.#flights.begin(hash, early.line, landed);
    // Its code is looked at before it has its turn, and what counts may depend on who comes first.
    if (vertex.version === VertexVersion.onChainBlueprint) await landed;
    return true;
  }

  /** Tries again what spends rewards that were locked, if there are more blocks now. */
  #tryLocked(): boolean {
    if (this.#locked.length === 0 || this.#height === this.#triedAt) return false;
    this.#triedAt = this.#height;
    for (const { vertex } of this.#locked.splice(0)) this.#early.push(vertex);
    return true;
  }

  async #takeIn(vertex: Vertex, early: EarlyVertex): Promise<void> {
    const { line, hash, bytes } = early;
    let isLeft = false;
    let isThere = false;
    try {
      const answer = await this.intake.accept(vertex, { kind: "history" });
      if (answer.isAccepted) {
        this.#counts.taken++;
        this.#height = Math.max(this.#height, answer.best.height);
        this.#flights.arrive(hash, "taken");
        isThere = true;
        for (const each of answer.removed) this.#again(each);
      } else if (answer.code === "TransactionAlreadyExists") {
        this.#counts.known++;
        this.#flights.arrive(hash, "known");
        isThere = true;
      } else if (answer.code === "RewardLocked") {
        this.#locked.push({ vertex: early, message: answer.message });
        isLeft = true;
      } else if (answer.code === "TransactionDoesNotExist") {
        this.#wait(early, await this.#missingOf(vertex));
        isLeft = true;
      } else await this.#refuse({ line, code: answer.code, message: answer.message });
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      if (!isLeft) this.#bytes -= bytes.length;
      // What was refused is waiting already, or is told of.
      if (this.#flights.end(hash) && isThere) this.#again(vertex);
    }
  }

  /** Tries a line again that a reorganisation has made invalid, such as a reward that is early now. */
  #again(vertex: Vertex): void {
    const { hash, bytes } = vertex;
    const flight = this.#flights.remove(hash);
    if (flight === undefined) return;
    this.#counts[flight.as]--;
    this.#bytes += bytes.length;
    this.#early.push(earlyVertex(vertex, flight.line));
  }

  /**
   * What a vertex builds on that is not there and is not being taken in; undefined where that is
   * nothing, or may have come while it was looked for.
   */
  async #missingOf(vertex: Vertex): Promise<string | undefined> {
    for (const hash of dependenciesOf(vertex)) {
      if (this.#flights.isFlying(hash)) return undefined;
      const before = this.#flights.lastOf(hash);
      if (await readMetadata(hash, this.node.rows) === undefined) {
        return this.#flights.lastOf(hash) === before ? hash : undefined;
      }
    }
    return undefined;
  }

  #wait(early: EarlyVertex, missing: string | undefined): void {
    if (missing === undefined) this.#early.push(early);
    else this.#waiting.add(early, missing);
  }

  async #refuse(line: RefusedLine): Promise<void> {
    this.#counts.refused++;
    await this.teller.refused(line);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #tooManyWait(): LedgerError {
    const [first] = this.#waiting.left();
    const what = first === undefined ? "" : `: line ${first[0].line} for ${first[1]}`;
    return new LedgerError(
      "too_large",
      `Too many vertices wait for one that has not come${what}; sort the lines by timestamp`,
    );
  }
}
