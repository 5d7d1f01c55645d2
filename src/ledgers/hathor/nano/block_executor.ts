import type { Clock } from "../../../kernel/clock.ts";
import type { Network } from "../networks/network.ts";
import type { NanoHeader } from "../vertex/nano_header.ts";
import type { Transaction, TxOutput } from "../vertex/vertex.ts";
import { callerMessage, callMessage, orderMessage } from "./call_message.ts";
import { EngineHost, type EngineOptions } from "./engine_host.ts";
import { type Answers, ExecutorEnded } from "./executor_process.ts";
import {
  calledForm,
  closedForm,
  type CreatedToken,
  type ExecutionFailure,
  type ExecutionSuccess,
  failedForm,
  keptForm,
  openedForm,
  skippedForm,
  type TrieNode,
} from "./messages.ts";
import type { RuntimeVersion } from "./runtime_version.ts";

/** A transaction of a block, and the call that it is, if it is one. */
export interface BlockTransaction {
  readonly tx: Transaction;
  readonly header: NanoHeader | undefined;
}

/** A block whose calls are to be executed. */
export interface BlockToExecute {
  readonly hash: string;
  readonly timestamp: number;
  readonly height: number;
  /** The root of the state after the parent block. */
  readonly parentRoot: string;
  readonly runtime: RuntimeVersion;
  /** All that the block confirms first, in the order in which the original walks over them. */
  readonly transactions: readonly BlockTransaction[];
}

/** What became of a call. */
export type ExecutedCall =
  & { readonly hash: string }
  & (
    | ({ readonly state: "success" } & ExecutionSuccess)
    | ({ readonly state: "failure" } & ExecutionFailure)
    /** It was void before its turn came. */
    | { readonly state: "skipped"; readonly seed?: string }
  );

/** The chain that a block is executed on. */
export interface ExecutionChain {
  /** What contracts, and the tries of their state, ask for. */
  readonly answers: Answers;
  /** Whether a transaction is void now, which failures before it may have made it. */
  isVoid(hash: string): Promise<boolean>;
  /** What a transaction spends, in the order of its inputs. */
  spent(tx: Transaction): Promise<readonly TxOutput[]>;
  /** Why what a call paid does not add up, now that its tokens are known; undefined if it does. */
  whyUnbalanced(tx: Transaction, created: readonly CreatedToken[]): Promise<string | undefined>;
  /** Takes in what became of a call, before the next one is looked at. Each is told once. */
  settle(call: ExecutedCall): Promise<void>;
  /** What is told of each call beside what counts: methods, and the fields that they changed. */
  readonly details?: "calls" | "changes";
}

/** The state after a block: its root, and the nodes of it that are new. */
export interface BlockState {
  readonly root: string;
  readonly nodes: readonly TrieNode[];
}

/**
 * Bytes that one call, and all of a block, may write to contracts. The events of the block and of its
 * calls carry them, and one commit takes them all: else no block could confirm such a call.
 */
const MOST_WRITTEN = { call: 500_000, block: 3_000_000 };

/** Characters that what one call, and all of a block, are told to have done may have. */
const MOST_TOLD = { call: 500_000, block: 2_000_000 };

/** Characters that are kept of why a call failed, and of where; and where a block has told too much. */
const MOST_REASON = { usually: 20_000, least: 200 };

/** A call that ends the process this many times has failed. */
const MOST_ENDS = 2;

/** Milliseconds after which no call of a block is executed any more: others wait for its chain. */
const BLOCK_MS = 60_000;

/** What became of a call, and how it is said again to a process that begins anew. */
interface Settled {
  readonly call: ExecutedCall;
  readonly dropped?: string;
  readonly isForgone?: boolean;
}

/** How far a block has come, whichever process it was. */
interface Progress {
  readonly settled: Settled[];
  /** How often each call has ended the process, by its place. */
  readonly ends: Map<number, number>;
  /** The place of the call under way; undefined before the first, and after the last. */
  at: number | undefined;
  /** Characters told until now. */
  told: number;
  /** Bytes that were written before the call under way. */
  written: number;
  /** When no call is executed any more, in milliseconds. */
  readonly until: number;
}

/** Executes the calls of blocks, one block at a time, in a process that is started when it is needed. */
export class BlockExecutor {
  readonly #host: EngineHost;
  readonly #network: Network;
  readonly #clock: Clock;

  constructor(options: EngineOptions) {
    this.#host = new EngineHost(options);
    this.#network = options.network;
    this.#clock = options.clock;
  }

  /** The root of a state in which there is nothing, as it is after the genesis block. */
  async emptyRoot(): Promise<string> {
    return (await this.#host.engine()).empty.id;
  }

  /**
   * Executes the calls of a block. A process that ends meanwhile is replaced, and told all of it
   * again; what was settled is not settled anew.
   *
   * @throws {ExecutorEnded} there is no process that would do it; nothing of the block then counts
   */
  async execute(block: BlockToExecute, chain: ExecutionChain): Promise<BlockState> {
    const until = this.#clock.now() + BLOCK_MS;
    const progress: Progress = {
      settled: [],
      ends: new Map(),
      at: undefined,
      told: 0,
      written: 0,
      until,
    };
    const { settled, ends } = progress;
    for (;;) {
      try {
        return await this.#attempt(block, chain, progress);
      } catch (error) {
        const isOfCall = error instanceof TooMuchWritten;
        if (!isOfCall && !(error instanceof ExecutorEnded)) throw error;
        const at = progress.at ?? -1;
        const count = (ends.get(at) ?? 0) + 1;
        const isSure = isOfCall || error.isSpent;
        ends.set(at, isSure ? Math.max(count, MOST_ENDS) : count);
        // What has failed by now, or has succeeded before, does not fail once more.
        if (count > MOST_ENDS || (count === MOST_ENDS && at < settled.length)) throw error;
      }
    }
  }

  /** Ends the process, if there is one. */
  close(): Promise<void> {
    return this.#host.close();
  }

  async #attempt(
    block: BlockToExecute,
    chain: ExecutionChain,
    progress: Progress,
  ): Promise<BlockState> {
    const { settled } = progress;
    progress.at = undefined;
    progress.written = 0;
    const ask = (message: Readonly<Record<string, unknown>>) =>
      this.#host.ask(message, chain.answers);
    const { hash, timestamp, height, parentRoot, runtime, transactions } = block;
    const { order, cyclic } = openedForm.parse(
      await ask({
        do: "open",
        block: { hash, timestamp, height },
        root: parentRoot,
        runtime,
        transactions: transactions.map(({ tx, header }) => orderMessage(tx, header)),
      }),
    );
    const calls = new Map(transactions.map((each) => [each.tx.hash, each]));
    const isFirst = settled.length === 0;
    for (const name of cyclic) {
      if (!isFirst) break;
      const call = failedCall(name, "NCFail", "cyclic failure detected");
      settled.push({ call });
      await chain.settle(call);
    }
    for (const [index, name] of order.entries()) {
      const at = progress.at = cyclic.length + index;
      const found = calls.get(name);
      if (found?.header === undefined) throw new RangeError(`the block has no call ${name}`);
      const known = settled[at];
      const told = await this.#execute({ tx: found.tx, header: found.header }, {
        ask,
        chain,
        known,
        progress,
      });
      if (known !== undefined) continue;
      settled.push(told);
      await chain.settle(told.call);
    }
    progress.at = undefined;
    return closedForm.parse(await ask({ do: "close" }));
  }

  async #execute(
    { tx, header }: { readonly tx: Transaction; readonly header: NanoHeader },
    { ask, chain, known, progress }: {
      readonly ask: (message: Readonly<Record<string, unknown>>) => Promise<unknown>;
      readonly chain: ExecutionChain;
      readonly known: Settled | undefined;
      readonly progress: Progress;
    },
  ): Promise<Settled> {
    const { hash } = tx;
    if (known === undefined ? await chain.isVoid(hash) : known.call.state === "skipped") {
      const { seed } = skippedForm.parse(await ask({ do: "skip", ...callerMessage(tx, header) }));
      return { call: { hash, state: "skipped", seed } };
    }
    if (known === undefined ? this.#isForgone(progress) : known.isForgone) {
      await ask({ do: "forgo", ...callerMessage(tx, header) });
      const call = failedCall(
        hash,
        "ExecutorEnded",
        "the execution took too much time, memory or room",
      );
      return { call, isForgone: true };
    }
    const spent = await chain.spent(tx);
    const message = callMessage(this.#network, { tx, header, spent });
    const now = this.#clock.now() / 1_000;
    const { details } = chain;
    const called = calledForm.parse(await ask({ do: "call", tx: message, now, details }));
    if ("error" in called) return known ?? { call: failed(hash, called, progress) };
    const why = known === undefined ? await chain.whyUnbalanced(tx, called.tokens) : known.dropped;
    if (why !== undefined) {
      const failure = failedForm.parse(await ask({ do: "drop", why }));
      return known ?? { call: failed(hash, failure, progress), dropped: why };
    }
    const kept = keptForm.parse(await ask({ do: "keep" }));
    const told = lengthOf(kept);
    if (known === undefined) {
      const isTooMuch = kept.size - progress.written > MOST_WRITTEN.call ||
        kept.size > MOST_WRITTEN.block || told > MOST_TOLD.call ||
        progress.told + told > MOST_TOLD.block;
      if (isTooMuch) throw new TooMuchWritten();
      progress.told += told;
    }
    progress.written = kept.size;
    return { call: { hash, state: "success", ...kept } };
  }

  #isForgone({ at = -1, ends, until }: Progress): boolean {
    return (ends.get(at) ?? 0) >= MOST_ENDS || this.#clock.now() > until;
  }
}

/** A call has written, or told, more than is kept: it is to fail, and the block begun again. */
class TooMuchWritten extends Error {
  override readonly name = "TooMuchWritten";
}

function lengthOf({ calls, events, logs }: ExecutionSuccess): number {
  return JSON.stringify([calls, events, logs]).length;
}

/** A failure, without a log that is longer than is kept, and with the ends of why alone. */
function failed(hash: string, failure: ExecutionFailure, progress: Progress): ExecutedCall {
  const cut = (most: number) => {
    const { type, message, traceback } = failure.error;
    return {
      type: type.slice(0, most),
      message: message.slice(0, most),
      traceback: traceback.slice(-most),
    };
  };
  const hasRoom = (told: number) => (
    told <= MOST_TOLD.call && progress.told + told <= MOST_TOLD.block
  );
  const { logs } = failure;
  let kept = { error: cut(MOST_REASON.usually), logs };
  if (!hasRoom(JSON.stringify(kept).length)) kept = { ...kept, logs: "[]" };
  if (!hasRoom(JSON.stringify(kept).length)) kept = { ...kept, error: cut(MOST_REASON.least) };
  progress.told += JSON.stringify(kept).length;
  return { hash, state: "failure", ...failure, ...kept };
}

function failedCall(hash: string, type: string, message: string): ExecutedCall {
  const error = { type, message, traceback: `${type}: ${message}\n` };
  return { hash, state: "failure", error, logs: "[]" };
}
