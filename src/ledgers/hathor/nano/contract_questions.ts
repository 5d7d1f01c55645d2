import { EngineHost, type EngineOptions } from "./engine_host.ts";
import type { Answers } from "./executor_process.ts";
import {
  argumentsForm,
  type BlueprintDescription,
  type CheckedBlueprint,
  checkedForm,
  type ContractState,
  describedForm,
  stateForm,
} from "./messages.ts";
import type { RuntimeVersion } from "./runtime_version.ts";
import { WaitingLine } from "./waiting_line.ts";

/** What is asked of a contract's state. */
export interface StateQuestion {
  /** The root of the state that is asked about. */
  readonly root: string;
  readonly contract: string;
  readonly runtime: RuntimeVersion;
  /** Names of fields. */
  readonly fields: readonly string[];
  /** Uids of tokens, or `__all__`. */
  readonly balances: readonly string[];
  /** Calls of view methods: a name, and arguments in JSON within parentheses. */
  readonly calls: readonly string[];
}

/** The arguments of a call, and whose they are. */
export interface CallArguments {
  readonly blueprint: string;
  readonly method: string;
  /** In hexadecimal. */
  readonly arguments: string;
}

/**
 * Answers questions about blueprints and contracts, one after another, in a process of its own: no
 * question holds up a block. All throw ExecutorEnded where a question took too much.
 */
export class ContractQuestions {
  readonly #host: EngineHost;
  readonly #line = new WaitingLine();

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

  /** The arguments of calls, as JSON of Python; null where a method does not read them. */
  async arguments(
    calls: readonly CallArguments[],
    answers: Answers,
  ): Promise<readonly (string | null)[]> {
    return argumentsForm.parse(await this.#ask({ do: "arguments", calls }, answers)).arguments;
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
    return this.#line.enter(() => this.#host.ask(message, answers));
  }
}

const nothingIs: Answers = () => Promise.resolve(null);
