import { BlockExecutor } from "./block_executor.ts";
import { ContractQuestions } from "./contract_questions.ts";
import type { EngineOptions } from "./engine_host.ts";
import type { ExecutorLimits } from "./executor_process.ts";
import { WaitingLine } from "./waiting_line.ts";

/** What a process may take. */
const LIMITS: ExecutorLimits = { memoryBytes: 2 * 1024 ** 3, cpuMs: 3_000, requestMs: 10_000 };

/** Whatever runs contracts: processes that are started when they are needed. */
export class Contracts {
  readonly executor: BlockExecutor;
  readonly questions: ContractQuestions;
  /** Executes blocks once more that nothing is changed by. */
  readonly trial: Pick<BlockExecutor, "execute">;
  readonly #tried: BlockExecutor;

  constructor(options: Omit<EngineOptions, "limits">, limits: Partial<ExecutorLimits> = {}) {
    const all = { ...options, limits: { ...LIMITS, ...limits } };
    this.executor = new BlockExecutor(all);
    this.questions = new ContractQuestions(all);
    const tried = this.#tried = new BlockExecutor(all);
    const line = new WaitingLine();
    this.trial = { execute: (...block) => line.enter(() => tried.execute(...block)) };
  }

  /** Ends the processes, if there are any. */
  async close(): Promise<void> {
    await Promise.all([this.executor, this.questions, this.#tried].map((each) => each.close()));
  }
}
