import { assertEquals } from "@std/assert";
import { systemClock } from "../../../../src/kernel/clock.ts";
import {
  BlockExecutor,
  type BlockState,
  type ExecutedCall,
  type ExecutionChain,
} from "../../../../src/ledgers/hathor/nano/block_executor.ts";
import { ContractQuestions } from "../../../../src/ledgers/hathor/nano/contract_questions.ts";
import type { ExecutorLimits } from "../../../../src/ledgers/hathor/nano/executor_process.ts";
import type { Ask, CreatedToken } from "../../../../src/ledgers/hathor/nano/messages.ts";
import type { NanoAction, NanoHeader } from "../../../../src/ledgers/hathor/vertex/nano_header.ts";
import { HeaderId } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { VertexVersion } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { within } from "../../../support/until.ts";
import { ROOMY } from "./engines.ts";
import { networkOf } from "./vectors.ts";

/** The id that blueprints of these tests have, each in its own chain. */
export const BLUEPRINT = "b1".repeat(32);

/** Hashes of blocks that follow each other. */
export const FIRST = "01".repeat(32);
export const SECOND = "02".repeat(32);
export const THIRD = "03".repeat(32);

const LIMITS: ExecutorLimits = { memoryBytes: 2 * 1024 ** 3, ...ROOMY };

/** A call, and what is not as in every other. */
export interface CallOptions {
  readonly contract: string;
  readonly method: string;
  readonly sequence: number;
  /** As the engine writes them: their number, then each. */
  readonly arguments?: readonly number[];
  readonly actions?: readonly NanoAction[];
  readonly caller?: number;
  /** Transactions whose first output is spent. */
  readonly spends?: readonly string[];
}

/** A call as a transaction without money. */
export function callTx(options: CallOptions) {
  const header: NanoHeader = {
    contractId: options.contract,
    sequence: BigInt(options.sequence),
    method: options.method,
    arguments: Uint8Array.from(options.arguments ?? [0]),
    actions: options.actions ?? [],
    address: new Uint8Array(25).fill(options.caller ?? 1),
    script: new Uint8Array(),
  };
  const tx = sealVertex({
    version: VertexVersion.transaction,
    signalBits: 0,
    tokens: [],
    inputs: (options.spends ?? []).map((txId) => ({ txId, index: 0, data: new Uint8Array() })),
    outputs: [],
    weight: 1,
    timestamp: 1_700_000_000 + options.sequence,
    parents: [],
    nonce: 0,
    headers: [{ id: HeaderId.nano, ...header }],
  });
  return { tx, header };
}

/** The state of contracts of one blueprint, and a process that executes blocks on it. */
export class ContractChain {
  readonly nodes = new Map<string, string>();
  readonly asked: Ask[] = [];
  /** Tokens that contracts have created. */
  readonly created: CreatedToken[] = [];
  readonly voided = new Set<string>();
  whyUnbalanced: string | undefined;
  readonly questions: ContractQuestions;
  readonly #executor: BlockExecutor;
  readonly #text: string;
  #settled: ExecutedCall[] = [];

  constructor(python: string, text: string, limits: Partial<ExecutorLimits> = {}) {
    const options = {
      python,
      network: networkOf("privatenet"),
      limits: { ...LIMITS, ...limits },
      clock: systemClock,
    };
    this.#executor = new BlockExecutor(options);
    this.questions = new ContractQuestions(options);
    this.#text = text;
  }

  emptyRoot(): Promise<string> {
    return within("the engine starts", this.#executor.emptyRoot());
  }

  /** Executes a block of these calls on a state; the state after it, and what became of each. */
  async execute(
    parentRoot: string,
    hash: string,
    calls: readonly ReturnType<typeof callTx>[],
  ): Promise<BlockState & { readonly calls: readonly ExecutedCall[] }> {
    this.#settled = [];
    const block = { hash, timestamp: 1_700_000_100, height: 5, parentRoot, runtime: 2 as const };
    const state = await within(
      "the block is executed",
      this.#executor.execute({ ...block, transactions: calls }, this.#chain()),
    );
    for (const { id, node } of state.nodes) this.nodes.set(id, node);
    return { ...state, calls: this.#settled };
  }

  async close(): Promise<void> {
    await within("the engine ends", this.#executor.close());
    await within("the questions end", this.questions.close());
  }

  readonly answers = (ask: Ask): Promise<unknown> => {
    this.asked.push(ask);
    return Promise.resolve(this.#answer(ask));
  };

  #chain(): ExecutionChain {
    return {
      answers: this.answers,
      isVoid: (hash) => Promise.resolve(this.voided.has(hash)),
      spent: () => Promise.resolve([]),
      whyUnbalanced: (_tx, created) => {
        this.created.push(...created);
        return Promise.resolve(this.whyUnbalanced);
      },
      settle: (call) => {
        this.#settled.push(call);
        return Promise.resolve();
      },
    };
  }

  #answer(ask: Ask): unknown {
    switch (ask.ask) {
      case "node":
        return this.nodes.get(ask.id) ?? null;
      case "blueprint":
        if (ask.id !== BLUEPRINT) return { why: "unknown" };
        return ask.known ? {} : { text: this.#text };
      case "checksig":
        return ask.input === "aa";
      case "token":
        return null;
    }
  }
}

/** Runs `body` with a chain whose first block has made contracts by some calls, and the root then. */
export async function withContracts(
  { python, text, calls, limits = {} }: {
    readonly python: string;
    readonly text: string;
    readonly calls: readonly ReturnType<typeof callTx>[];
    readonly limits?: Partial<ExecutorLimits> | undefined;
  },
  body: (chain: ContractChain, root: string) => Promise<void>,
): Promise<void> {
  const chain = new ContractChain(python, text, limits);
  try {
    const made = await chain.execute(await chain.emptyRoot(), FIRST, calls);
    assertEquals(made.calls.map(({ state }) => state), calls.map(() => "success"));
    await body(chain, made.root);
  } finally {
    await chain.close();
  }
}
