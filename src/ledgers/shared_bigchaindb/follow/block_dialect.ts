import { z } from "zod";
import type { Clock } from "../../../kernel/clock.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { FollowContext } from "../../../remote/followed.ts";
import { Heard } from "../../../remote/heard.ts";
import { NodeAnswers } from "../../../remote/node_answers.ts";
import type {
  RemoteConnection,
  RemoteDialect,
  RemoteNews,
  RemotePiece,
} from "../../../remote/remote.ts";
import type { RemoteServer } from "../../../remote/remote_server.ts";
import type { Dialect } from "../chain/dialect.ts";
import type { BlockKeeper } from "./block_keeper.ts";
import { type NodeApi, type NodeBlock, nodeBlock } from "./node_block.ts";
import { NodeDoorbell } from "./node_doorbell.ts";

/** Milliseconds in which a node that is there answers: one of the originals may need half a minute. */
const NODE_MS = 30_000;

/** Milliseconds between two looks for the next block: while the stream is heard, and while not. */
const SPARE_MS = 5_000;
const UNHEARD_MS = 1_000;

/** Blocks that are asked for ahead, and bytes of one past which none is. */
const AHEAD = 16;
const LARGE_BYTES = 256 * 1024;
/** Bytes of an answer that comes before its turn: one that has more is asked for again then. */
const AHEAD_BYTES = 1024 * 1024;

/** Blocks, and bytes of them, that are handed on together. */
const TOGETHER = 64;
const TOGETHER_BYTES = 512 * 1024;

/** The one line that a node has. */
const LINE = "blocks";

/** What the root of a node says of it, as far as it is of use here. */
const root = z.looseObject({
  software: z.string(),
  api: z.looseObject({
    v1: z.looseObject({ streams: z.string(), streamedblocks: z.string().optional() }),
  }),
});

type Blocks = readonly NodeBlock[];

/** A node of one of the ledgers: its line is its blocks, and ids are their heights. */
export class BlockDialect implements RemoteDialect<Blocks> {
  readonly name: string;
  readonly #dialect: Dialect;
  readonly #node: NodeApi;
  readonly #keeper: Pick<BlockKeeper, "next" | "anchors" | "life">;
  readonly #server: RemoteServer;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(
    dialect: Dialect,
    node: NodeApi,
    keeper: Pick<BlockKeeper, "next" | "anchors" | "life">,
    { server, clock, random }: FollowContext,
  ) {
    this.name = dialect.name;
    this.#dialect = dialect;
    this.#node = node;
    this.#keeper = keeper;
    this.#server = server;
    this.#clock = clock;
    this.#random = random;
  }

  get address(): string {
    return this.#server.origin;
  }

  async connect(signal: AbortSignal): Promise<RemoteConnection<Blocks>> {
    const answers = new NodeAnswers(this.#server, new Heard(this.#clock, signal, NODE_MS));
    const streams = await this.#streams(answers);
    // Whoever begins with it has nothing that could differ.
    const isKnown = await this.#keeper.life() !== undefined;
    const next = isKnown ? await this.#held(answers) : undefined;
    const connectedAt = this.#clock.now();
    // What was there before is late since the connection began, all else from when it came.
    let before = 0;
    return {
      life: this.#dialect.software.name,
      news: () => this.#news(answers, streams, next, (reached) => before = reached),
      fill: (_line, _of, from, until) =>
        this.#fill(answers, from, until, (at) => at < before ? connectedAt : this.#clock.now()),
    };
  }

  /** Where the node says that its streams are. Throws `remote_invalid` for another kind of node. */
  async #streams(answers: NodeAnswers): Promise<string> {
    const { name } = this.#dialect.software;
    const told = await answers.told("/", root, `is not the root of a ${name} node`);
    if (told.software !== name) {
      throw answers.invalid("/", `is of ${told.software}, not of ${name}`);
    }
    const { streams, streamedblocks } = told.api.v1;
    return streamedblocks ?? streams;
  }

  /**
   * Holds what is here to the node, and tells the height that comes after its last. Throws
   * `remote_new_life` where it has not what is here.
   */
  async #held(answers: NodeAnswers): Promise<number> {
    const last = await this.#keeper.next() - 1;
    const there = await this.#node.reach(answers, last);
    if (there < last) throw this.#newLife(`it has no block ${last}`);
    for (const { id, height } of await this.#keeper.anchors()) {
      const path = `/api/v1/blocks?transaction_id=${id}`;
      const bytes = await answers.find(path);
      if (bytes !== undefined && heightsOf(new TextDecoder().decode(bytes)).includes(height)) {
        continue;
      }
      throw this.#newLife(`${id}, of the block ${height}, is not there`);
    }
    return there + 1;
  }

  #newLife(why: string): LedgerError {
    return new LedgerError(
      "remote_new_life",
      `${this.address} has begun a new life since it was followed last, for ${why}: what is here ` +
        `stays. Start with --${this.name}-follow-reset to begin anew`,
    );
  }

  async *#news(
    answers: NodeAnswers,
    streams: string,
    first: number | undefined,
    reached: (next: number) => void,
  ): AsyncGenerator<RemoteNews<Blocks>> {
    const bell = new NodeDoorbell(streams, {
      clock: this.#clock,
      random: this.#random,
      signal: answers.signal,
      key: this.#server.keyAt(streams),
    });
    const listening = bell.listen();
    let next = first ?? await this.#held(answers);
    reached(next);
    while (!answers.signal.aborted) {
      yield { kind: "end", line: LINE, of: "", next, mark: "" };
      await bell.rings(next, bell.isHeard ? SPARE_MS : UNHEARD_MS);
      if (bell.isLost) break;
      next = bell.height >= next ? bell.height + 1 : await this.#held(answers);
    }
    // Whoever comes back may be another.
    if (bell.isLost) throw new LedgerError("remote_away", `${streams} has ended the connection`);
    await listening;
  }

  /** Blocks from a height on, of which some are asked for ahead. */
  async *#fill(
    answers: NodeAnswers,
    from: number,
    until: number,
    timeOf: (height: number) => number,
  ): AsyncGenerator<RemotePiece<Blocks>> {
    const ahead: AheadBlock[] = [];
    const early = answers.upTo(AHEAD_BYTES);
    let width = AHEAD;
    for (let at = from, asked = from; at < until;) {
      // The only one is asked for in its turn.
      const by = width > 1 ? early : answers;
      while (ahead.length < width && asked < until) ahead.push(this.#ask(by, asked++));
      const blocks: NodeBlock[] = [];
      let bytes = 0;
      do {
        const block = await this.#inTurn(answers, ahead.shift());
        if (block === undefined) break;
        blocks.push(block);
        bytes += block.bytes;
        width = block.bytes > LARGE_BYTES ? 1 : AHEAD;
        if (asked < until && width > 1) ahead.push(this.#ask(early, asked++));
      } while (ahead[0]?.isHere === true && blocks.length < TOGETHER && bytes < TOGETHER_BYTES);
      const next = at + blocks.length;
      // It has no more yet.
      if (next === at) return;
      yield { first: at, next, item: blocks, bytes, time: timeOf(next - 1) };
      at = next;
    }
  }

  #ask(answers: NodeAnswers, height: number): AheadBlock {
    const coming = this.#block(answers, height);
    const ahead: AheadBlock = { height, coming, isHere: false };
    const here = () => void (ahead.isHere = true);
    // Whoever waits for it hears of it.
    coming.then(here, here);
    return ahead;
  }

  async #inTurn(answers: NodeAnswers, ahead: AheadBlock | undefined) {
    try {
      return await ahead?.coming;
    } catch (error) {
      // It may be too large only to lie here before its turn.
      if (ahead === undefined || !isInvalid(error)) throw error;
      return await this.#block(answers, ahead.height);
    }
  }

  #block(answers: NodeAnswers, height: number): Promise<NodeBlock | undefined> {
    return nodeBlock(this.#dialect, this.#node.show, answers, height);
  }
}

/** A block that is asked for, and whether it has come. */
interface AheadBlock {
  readonly height: number;
  readonly coming: Promise<NodeBlock | undefined>;
  isHere: boolean;
}

function isInvalid(error: unknown): boolean {
  return error instanceof LedgerError && error.code === "remote_invalid";
}

const heights = z.union([
  z.array(z.int()),
  z.looseObject({ height: z.int() }).transform(({ height }) => [height]),
]);

/** The heights of the blocks of a transaction, as one of the nodes says it or the other. */
function heightsOf(text: string): readonly number[] {
  try {
    return heights.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
