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
  /** What contracts may use: 2 where they may ask for the settings. */
  readonly runtime: 1 | 2;
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

/** Bytes that the calls of a block may write to contracts: an event of the log holds no more. */
const MOST_WRITTEN = 4_000_000;

/** Characters that what a call is told to have done may have: its event holds no more. */
const MOST_TOLD = 1_000_000;

/** A call that ends the process this many times has failed. */
const MOST_ENDS = 2;

/** What became of a call, and how it is said again to a process that begins anew. */
interface Settled {
  readonly call: ExecutedCall;
  readonly dropped?: string;
  readonly isForgone?: boolean;
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
    const settled: Settled[] = [];
    const ends = new Map<number, number>();
    for (;;) {
      try {
        return await this.#attempt(block, chain, settled, ends);
      } catch (error) {
        if (error instanceof TooMuchWritten) {
          ends.set(settled.length, MOST_ENDS);
          continue;
        }
        if (!(error instanceof ExecutorEnded)) throw error;
        const count = (ends.get(settled.length) ?? 0) + 1;
        ends.set(settled.length, count);
        const isCall = settled.length < block.transactions.length;
        // What has failed by now does not fail once more.
        if (count > MOST_ENDS || (count === MOST_ENDS && !isCall)) throw error;
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
    settled: Settled[],
    ends: ReadonlyMap<number, number>,
  ): Promise<BlockState> {
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
    for (const [at, name] of order.entries()) {
      const found = calls.get(name);
      if (found?.header === undefined) throw new RangeError(`the block has no call ${name}`);
      const known = settled[cyclic.length + at];
      const told = await this.#execute({ tx: found.tx, header: found.header }, {
        ask,
        chain,
        known,
        hasEnded: (ends.get(cyclic.length + at) ?? 0) >= MOST_ENDS,
      });
      if (known !== undefined) continue;
      settled.push(told);
      await chain.settle(told.call);
    }
    return closedForm.parse(await ask({ do: "close" }));
  }

  async #execute(
    { tx, header }: { readonly tx: Transaction; readonly header: NanoHeader },
    { ask, chain, known, hasEnded }: {
      readonly ask: (message: Readonly<Record<string, unknown>>) => Promise<unknown>;
      readonly chain: ExecutionChain;
      readonly known: Settled | undefined;
      readonly hasEnded: boolean;
    },
  ): Promise<Settled> {
    const { hash } = tx;
    if (known === undefined ? await chain.isVoid(hash) : known.call.state === "skipped") {
      const { seed } = skippedForm.parse(await ask({ do: "skip", ...callerMessage(tx, header) }));
      return { call: { hash, state: "skipped", seed } };
    }
    if (known?.isForgone ?? hasEnded) {
      await ask({ do: "forgo", ...callerMessage(tx, header) });
      const call = failedCall(hash, "ExecutorEnded", "the execution took too much time or memory");
      return { call, isForgone: true };
    }
    const spent = await chain.spent(tx);
    const message = callMessage(this.#network, { tx, header, spent });
    const now = this.#clock.now() / 1_000;
    const { details } = chain;
    const called = calledForm.parse(await ask({ do: "call", tx: message, now, details }));
    if ("error" in called) return { call: failed(hash, called) };
    const why = known === undefined ? await chain.whyUnbalanced(tx, called.tokens) : known.dropped;
    if (why !== undefined) {
      const failure = failedForm.parse(await ask({ do: "drop", why }));
      return { call: failed(hash, failure), dropped: why };
    }
    const kept = keptForm.parse(await ask({ do: "keep" }));
    if (kept.size > MOST_WRITTEN || lengthOf(kept) > MOST_TOLD) throw new TooMuchWritten();
    return { call: { hash, state: "success", ...kept } };
  }
}

/** A call has written, or told, more than is kept: it is to fail, and the block begun again. */
class TooMuchWritten extends Error {
  override readonly name = "TooMuchWritten";
}

function lengthOf({ calls, events, logs }: ExecutionSuccess): number {
  return logs.length + JSON.stringify([calls, events]).length;
}

/** A failure, without a log that is longer than is kept. */
function failed(hash: string, failure: ExecutionFailure): ExecutedCall {
  const logs = failure.logs.length > MOST_TOLD ? "[]" : failure.logs;
  return { hash, state: "failure", ...failure, logs };
}

function failedCall(hash: string, type: string, message: string): ExecutedCall {
  const error = { type, message, traceback: `${type}: ${message}\n` };
  return { hash, state: "failure", error, logs: "[]" };
}
