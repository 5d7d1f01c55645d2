import { EngineHost, type EngineOptions } from "./engine_host.ts";
import type { Answers } from "./executor_process.ts";
import {
  type BlueprintDescription,
  type CheckedBlueprint,
  checkedForm,
  type ContractState,
  describedForm,
  stateForm,
} from "./messages.ts";

/** What is asked of a contract's state. */
export interface StateQuestion {
  /** The root of the state that is asked about. */
  readonly root: string;
  readonly contract: string;
  /** As in {@linkcode BlockToExecute.runtime}. */
  readonly runtime: 1 | 2;
  /** Names of fields. */
  readonly fields: readonly string[];
  /** Uids of tokens, or `__all__`. */
  readonly balances: readonly string[];
  /** Calls of view methods: a name, and arguments in JSON within parentheses. */
  readonly calls: readonly string[];
}

/**
 * Answers questions about blueprints and contracts, one after another, in a process of its own: no
 * question holds up a block. All throw ExecutorEnded where a question took too much.
 */
export class ContractQuestions {
  readonly #host: EngineHost;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.#host = new EngineHost(options);
  }

  /** Whether the code of a vertex, as it is there, is that of a blueprint. */
  async check(code: Uint8Array): Promise<CheckedBlueprint> {
    return checkedForm.parse(await this.#ask({ do: "check", code: code.toHex() }, nothingIs));
  }

  /** The fields and methods of a blueprint. */
  async describe(blueprint: string, answers: Answers): Promise<BlueprintDescription> {
    return describedForm.parse(await this.#ask({ do: "describe", blueprint }, answers));
  }

  /** What a contract holds; undefined where there is no such contract. */
  async state(question: StateQuestion, answers: Answers): Promise<ContractState | undefined> {
    return stateForm.parse(await this.#ask({ do: "state", ...question }, answers)) ?? undefined;
  }

  /** Ends the process, if there is one. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #ask(message: Readonly<Record<string, unknown>>, answers: Answers): Promise<unknown> {
    const asked = this.#last.then(() => this.#host.ask(message, answers));
    // Each has its own failure.
    this.#last = asked.catch(() => {});
    return asked;
  }
}

const nothingIs: Answers = () => Promise.resolve(null);
