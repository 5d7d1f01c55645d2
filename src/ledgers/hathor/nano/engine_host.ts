import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import type { Network } from "../networks/network.ts";
import { engineSettings } from "./engine_settings.ts";
import {
  type Answers,
  ExecutorEnded,
  type ExecutorLimits,
  ExecutorProcess,
} from "./executor_process.ts";
import { startedForm, type TrieNode } from "./messages.ts";

/**
 * Milliseconds by the clock that a process may take to begin: nobody has written anything of what it
 * loads, and on a machine that is busy that takes many times as long as usual.
 */
const START_MS = 60_000;

/** What a process needs to be started. */
export interface EngineOptions {
  /** Path of a Python that has the engine. */
  readonly python: string;
  readonly network: Network;
  readonly limits: ExecutorLimits;
  readonly clock: Clock;
}

/** A process that is ready, and the state in which there is nothing. */
export interface StartedEngine {
  readonly process: ExecutorProcess;
  readonly empty: TrieNode;
}

/** Keeps a process: it is started when it is needed, and again when it has ended. */
export class EngineHost {
  readonly #options: EngineOptions;
  #started: StartedEngine | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** The process. Throws ExecutorEnded where it cannot be started. */
  async engine(): Promise<StartedEngine> {
    if (this.#started !== undefined && !this.#started.process.hasEnded) return this.#started;
    const { network, limits } = this.#options;
    // Imported here alone: a runtime that knows no imports of text has no Python either.
    const { ENGINE_TEXT } = await import("./engine.ts");
    const process = startedProcess(ENGINE_TEXT, this.#options);
    const settings = engineSettings(network);
    const { memoryBytes, cpuMs } = limits;
    const start = { do: "start", settings, memoryBytes, cpuMs };
    const reply = await process.request(start, nothing, START_MS);
    const { emptyRoot, nodes } = startedForm.parse(reply);
    const empty = nodes.find(({ id }) => id === emptyRoot);
    if (empty === undefined) throw new RangeError("the engine did not tell its empty state");
    return this.#started = { process, empty };
  }

  /** Asks for something; the node of the empty state is known here. */
  async ask(message: Readonly<Record<string, unknown>>, answers: Answers): Promise<unknown> {
    const { process, empty } = await this.engine();
    return await process.request(
      message,
      (ask) =>
        ask.ask === "node" && ask.id === empty.id ? Promise.resolve(empty.node) : answers(ask),
    );
  }

  /** Ends the process, if there is one. */
  async close(): Promise<void> {
    await this.#started?.process.close();
  }
}

/** Throws ExecutorEnded also where there is no such program, or it may not be run. */
function startedProcess(
  program: string,
  { python, limits, clock }: EngineOptions,
): ExecutorProcess {
  try {
    return new ExecutorProcess(python, program, limits, clock);
  } catch (error) {
    throw new ExecutorEnded(`${python} cannot be run: ${messageOf(error)}`);
  }
}

const nothing: Answers = () => Promise.resolve(null);
