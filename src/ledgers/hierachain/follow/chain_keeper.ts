import { LedgerError } from "../../../kernel/errors.ts";
import type { Command } from "../../../log/command.ts";
import type { Log } from "../../../log/log.ts";
import type { ResettableKeeper } from "../../../remote/followed.ts";
import { keepLife, readLife, takeAway } from "../../../remote/taken_chains.ts";
import { writeBlock } from "../block/block_data.ts";
import { CHAIN_LOGS, chainLogName, MAIN_CHAIN } from "../chain/names.ts";
import { stateOf } from "../chain/queries.ts";
import { CHAIN_STATE, type ChainState } from "../chain/rows.ts";
import { BLOCK_TYPE } from "../event/event_types.ts";
import { registerChains } from "./chain_registry.ts";
import type { NodeBlock } from "./node_block.ts";

/** Characters of events, and how many of them, that are committed together. */
const TOGETHER_CHARS = 1_000_000;
const TOGETHER = 500;

/** Where it is kept which node it is that is followed. */
const LIFE = ["remote", "hierachain"];

/** What the domain of a chain is taken for: a node does not show it. */
const DOMAIN = "generic";

/** Keeps the chains of a node, block by block, each with its events in one commit. */
export class ChainKeeper implements ResettableKeeper<readonly NodeBlock[]> {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  life(): Promise<string | undefined> {
    return readLife(this.#log, LIFE);
  }

  async begin(life: string): Promise<void> {
    for await (const { name } of this.#log.heads(CHAIN_LOGS)) {
      throw new LedgerError(
        "remote_not_mine",
        `The store has ${name} already: what follows a node begins without chains of its own`,
        { chain: name },
      );
    }
    await keepLife(this.#log, LIFE, life);
  }

  async reset(): Promise<number> {
    const names: string[] = [];
    for await (const { name } of this.#log.heads(CHAIN_LOGS)) names.push(name);
    if (names.length > 0 && await this.life() === undefined) {
      throw new LedgerError("remote_not_mine", "The chains of the store are of no node");
    }
    for (const name of names) await takeAway(this.#log.chain(name));
    await keepLife(this.#log, LIFE, undefined);
    return names.length;
  }

  /** Notes the chains that the node lists. */
  async names(names: readonly string[]): Promise<void> {
    await registerChains(this.#log, names.filter((name) => name !== MAIN_CHAIN));
  }

  async next(line: string): Promise<number> {
    return (await this.#state(line))?.blocks ?? 0;
  }

  async commit(
    line: string,
    _of: string,
    items: readonly (readonly NodeBlock[])[],
  ): Promise<void> {
    const chain = this.#log.chain(chainLogName(line));
    let blocks: NodeBlock[] = [];
    let left = { count: TOGETHER, chars: TOGETHER_CHARS };
    const write = async () => {
      const some = blocks;
      if (some.length > 0) {
        await chain.execute(writeBlocks(line, some), undefined, { isLarge: true });
      }
      blocks = [];
      left = { count: TOGETHER, chars: TOGETHER_CHARS };
    };
    for (const block of items.flat()) {
      left.count -= block.entries.length + 1;
      left.chars -= block.bytes;
      if (left.count < 0 || left.chars < 0) await write();
      blocks.push(block);
    }
    await write();
  }

  async check(line: string, next: number, mark: string): Promise<void> {
    const state = await this.#state(line);
    if (state === undefined || (state.blocks === next && state.lastHash === mark)) return;
    throw differs(
      line,
      state.blocks === next
        ? `the hash of block ${next - 1} is another`
        : `it has ${next} blocks there, and ${state.blocks} here`,
    );
  }

  async gone(line: string): Promise<void> {
    await takeAway(this.#log.chain(chainLogName(line)));
  }

  #state(line: string): Promise<ChainState | undefined> {
    return stateOf(this.#log.chain(chainLogName(line)));
  }
}

/** Writes blocks that follow each other; those that are here are passed over. */
function writeBlocks(name: string, blocks: readonly NodeBlock[]): Command<void> {
  return async (tx) => {
    for (const block of blocks) {
      const state = await tx.get<ChainState>(CHAIN_STATE);
      const next = state?.blocks ?? 0;
      if (block.index < next) continue;
      if (block.index > next) throw differs(name, `block ${next} is missing`);
      if (!block.isWhole) {
        throw differs(name, `the hash of block ${next} is not that of what is in it`);
      }
      if (block.previousHash !== (state?.lastHash ?? "0")) {
        throw differs(name, `block ${next} follows another than what is here`);
      }
      const first = tx.next;
      for (const entry of block.entries) await tx.emit(entry);
      const data = block.blockAt(first);
      const domain = name === MAIN_CHAIN ? "main" : DOMAIN;
      const keys = next === 0 ? [BLOCK_TYPE, domain] : [BLOCK_TYPE];
      await tx.emit({ type: BLOCK_TYPE, keys, data: writeBlock(data), memo: data });
    }
  };
}

function differs(name: string, why: string): LedgerError {
  return new LedgerError("chain_differs", `${name} is not the node's: ${why}`, { chain: name });
}
