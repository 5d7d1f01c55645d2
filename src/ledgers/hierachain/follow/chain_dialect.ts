import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import { type Clock, sleep } from "../../../kernel/clock.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import { inTurns } from "../../../kernel/steps.ts";
import { isPyArray, isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import { decodeJsonBytes } from "../../../python/json_bytes.ts";
import { parsingPyJson } from "../../../python/json_parse.ts";
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
import { isChainName, MAIN_CHAIN } from "../chain/names.ts";
import type { ChainKeeper } from "./chain_keeper.ts";
import { type NodeBlock, nodeBlock } from "./node_block.ts";

const logger = getLogger(["ledgerline", "remote"]);

/** Milliseconds in which a node that is there answers. */
const NODE_MS = 30_000;

/** Milliseconds between two looks at the chains: at the least, and at the most where they are quick. */
const LOOK_MS = 64;
const QUIET_MS = 1_000;

/** The part of the time without news that is waited for more, and how much more than a look takes. */
const OF_QUIET = 0.1;
const LOOK_TIMES = 5;

/** Blocks that are asked for at a time; one where they are large. */
const PAGE = 32;
const LARGE_BYTES = 4 * 1024 * 1024;

const CHAINS = "/api/ledger/chains";

/** What a node lists of each chain. */
const listed = z.array(z.looseObject({
  name: z.string(),
  block_count: z.int().nonnegative(),
  latest_block_hash: z.string().nullable(),
}));

/** Where a chain ends. */
interface ChainEnd {
  readonly next: number;
  readonly mark: string;
}

type Blocks = readonly NodeBlock[];

/** A HieraChain node, which tells nothing by itself: its lines are its chains, and ids are indices. */
export class ChainDialect implements RemoteDialect<Blocks> {
  readonly name = "hierachain";
  readonly #keeper: Pick<ChainKeeper, "names">;
  readonly #server: RemoteServer;
  readonly #clock: Clock;

  constructor(keeper: Pick<ChainKeeper, "names">, { server, clock }: FollowContext) {
    this.#keeper = keeper;
    this.#server = server;
    this.#clock = clock;
  }

  get address(): string {
    return this.#server.origin;
  }

  async connect(signal: AbortSignal): Promise<RemoteConnection<Blocks>> {
    const answers = new NodeAnswers(this.#server, new Heard(this.#clock, signal, NODE_MS));
    const genesis = await blockAt(answers, MAIN_CHAIN, 0);
    const connectedAt = this.#clock.now();
    const before = new Map<string, number>();
    return {
      life: genesis.hash,
      news: () => this.#news(answers, before),
      fill: (line, _of, from, next) =>
        this.#fill(
          answers,
          line,
          from,
          next,
          (at) => at < (before.get(line) ?? 0) ? connectedAt : this.#clock.now(),
        ),
    };
  }

  async *#news(
    answers: NodeAnswers,
    before: Map<string, number>,
  ): AsyncGenerator<RemoteNews<Blocks>> {
    const known = new Map<string, ChainEnd>();
    let newsAt = this.#clock.now();
    for (let isFirst = true; !answers.signal.aborted; isFirst = false) {
      const began = this.#clock.now();
      const ends = await this.#ends(answers);
      const unknown = [...ends.keys()].filter((line) => !known.has(line));
      if (unknown.length > 0) await this.#keeper.names(unknown);
      for (const [line, { next, mark }] of ends) {
        const last = known.get(line);
        if (last !== undefined && last.next === next && last.mark === mark) continue;
        if (last !== undefined && next <= last.next) {
          // It is held to what is here when it is connected to again.
          throw new LedgerError("remote_away", `${line} of ${this.address} has gone back`);
        }
        known.set(line, { next, mark });
        newsAt = began;
        if (isFirst) before.set(line, next);
        yield { kind: "end", line, of: "", next, mark };
      }
      const now = this.#clock.now();
      const quiet = Math.min(QUIET_MS, OF_QUIET * (now - newsAt));
      await sleep(
        this.#clock,
        Math.max(LOOK_MS, quiet, LOOK_TIMES * (now - began)),
        answers.signal,
      );
    }
  }

  async #ends(answers: NodeAnswers): Promise<ReadonlyMap<string, ChainEnd>> {
    const list = await answers.told(CHAINS, listed, "is no list of chains");
    const ends = new Map<string, ChainEnd>();
    for (const { name, block_count: next, latest_block_hash: mark } of list) {
      // The original may list the root chain twice: a sub-chain can have its name, and is not read.
      if (ends.has(name) || mark === null || next === 0) continue;
      if (isChainName(name)) ends.set(name, { next, mark });
      else logger.warn("{chain} has a name that no chain can have here", { chain: name });
    }
    return ends;
  }

  async *#fill(
    answers: NodeAnswers,
    line: string,
    from: number,
    until: number,
    timeOf: (index: number) => number,
  ): AsyncGenerator<RemotePiece<Blocks>> {
    let count = PAGE;
    for (let at = from; at < until;) {
      const path = `${pathOf(line)}?limit=${Math.min(count, until - at)}&offset=${at}`;
      const bytes = await answers.get(path);
      count = bytes.length > LARGE_BYTES ? 1 : PAGE;
      const page = await shown(answers, path, bytes);
      const list = isPyObject(page) ? valueAt(page, "blocks") : undefined;
      if (!isPyArray(list)) throw answers.invalid(path, "is no list of blocks");
      const blocks: NodeBlock[] = [];
      for (const each of list) {
        const block = await nodeBlock(each);
        const index = at + blocks.length;
        if (block.index !== index) {
          throw answers.invalid(path, `has block ${block.index} for ${index}`);
        }
        // What was changed on its way is not so again.
        blocks.push(block.isWhole ? block : await blockAt(answers, line, index));
      }
      const next = at + blocks.length;
      if (next === at) throw answers.invalid(path, "has no block, and the list of chains has more");
      yield { first: at, next, item: blocks, bytes: bytes.length, time: timeOf(next - 1) };
      at = next;
    }
  }
}

function pathOf(line: string): string {
  return `${CHAINS}/${line}/blocks`;
}

/** One block of a chain. */
async function blockAt(answers: NodeAnswers, line: string, index: number): Promise<NodeBlock> {
  const path = `${pathOf(line)}/${index}`;
  const block = await nodeBlock(await shown(answers, path, await answers.get(path)));
  if (block.index !== index) throw answers.invalid(path, "is another block");
  return block;
}

async function shown(answers: NodeAnswers, path: string, bytes: Uint8Array): Promise<PyJson> {
  try {
    return await inTurns(parsingPyJson(decodeJsonBytes(bytes)));
  } catch (error) {
    throw answers.invalid(path, "is no JSON", error);
  }
}
