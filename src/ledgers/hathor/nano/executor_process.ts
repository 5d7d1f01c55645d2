import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import { type Ask, askForm, doneForm, MAX_FRAME } from "./messages.ts";

/** What a process that runs blueprints may take. */
export interface ExecutorLimits {
  /** Bytes of address space. */
  readonly memoryBytes: number;
  /** Milliseconds of the processor's time that a request may take. */
  readonly cpuMs: number;
  /** Milliseconds that a request may take, with all that is answered meanwhile. */
  readonly requestMs: number;
}

/**
 * The process has ended, was ended because it took too long, or says that something is amiss which
 * no contract is to blame for. Nothing is lost by it: what it had in hand is begun again.
 */
export class ExecutorEnded extends Error {
  override readonly name = "ExecutorEnded";

  /** @param isSpent whether the request took all of its processor's time, as it would again */
  constructor(message: string, readonly isSpent = false) {
    super(message);
  }
}

/** Answers what the process asks of the chain, with what JSON can say. */
export type Answers = (ask: Ask) => Promise<unknown>;

/** The characters kept of what the process says to people. */
const KEPT_TEXT = 2_000;

/**
 * One process of Python that runs blueprints, and has no rights but to read requests and write
 * answers. One request is asked at a time.
 */
export class ExecutorProcess {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #clock: Clock;
  readonly #limits: ExecutorLimits;
  readonly #said: Promise<string>;
  #rest = new Uint8Array();
  #ended: ExecutorEnded | undefined;
  /** Milliseconds in which it has not answered, where it was killed for that. */
  #lateAfter: number | undefined;

  /**
   * Starts the Python of this path on a program's text; that it does not work shows in the first
   * request.
   */
  constructor(python: string, program: string, limits: ExecutorLimits, clock: Clock) {
    this.#clock = clock;
    this.#limits = limits;
    this.#child = new Deno.Command(python, {
      // Nothing of the folder it runs in, nor of the user's own, is imported.
      args: ["-s", "-P", "-c", program],
      clearEnv: true,
      // Sets of text are walked in an order that depends on it.
      env: { PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reader = this.#child.stdout.getReader();
    this.#writer = this.#child.stdin.getWriter();
    this.#said = lastTextOf(this.#child.stderr);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Asks for something, and answers what it is asked meanwhile.
   *
   * @param mostMs milliseconds by the clock that it may take
   * @throws {ExecutorEnded} and whatever `answers` throws, after which the process has ended too
   */
  async request(
    message: Readonly<Record<string, unknown>>,
    answers: Answers,
    mostMs = this.#limits.requestMs,
  ): Promise<unknown> {
    if (this.#ended !== undefined) throw this.#ended;
    const cancel = this.#clock.after(mostMs, () => {
      this.#lateAfter = mostMs;
      this.#kill();
    });
    try {
      let reply = await this.#exchange(message);
      for (;;) {
        const ask = askForm.safeParse(reply);
        if (!ask.success) break;
        reply = await this.#exchange({ is: await answers(ask.data) });
      }
      const done = doneForm.parse(reply);
      if ("fault" in done) throw new ExecutorEnded(done.fault);
      return done.done;
    } catch (error) {
      await this.close();
      this.#ended = error instanceof ExecutorEnded
        ? error
        : new ExecutorEnded(`the process that runs blueprints has ended: ${messageOf(error)}`);
      throw error instanceof ExecutorEnded ? this.#ended : error;
    } finally {
      cancel();
    }
  }

  /** Ends the process, and waits until it has ended. */
  async close(): Promise<void> {
    this.#ended ??= new ExecutorEnded("the process that runs blueprints was ended");
    this.#kill();
    await this.#child.status;
    await this.#said;
    // Its streams may be broken already, and nobody is to hear of that.
    await this.#reader.cancel().catch(() => {});
    await this.#writer.abort().catch(() => {});
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  /** Sends a message, and reads the next. */
  async #exchange(message: unknown): Promise<unknown> {
    const { cpuMs } = this.#limits;
    try {
      await this.#write(message);
      return await this.#read();
    } catch (error) {
      if (this.#lateAfter !== undefined) {
        throw new ExecutorEnded(`no answer within ${this.#lateAfter} ms`);
      }
      // It has ended, or does now: else it is late.
      const { code, signal } = await this.#child.status;
      // It has set itself a timer, see `main.py`.
      if (signal === "SIGPROF") {
        throw new ExecutorEnded(`no answer within ${cpuMs} ms of the processor's time`, true);
      }
      const how = signal === null ? `code ${code}` : signal;
      throw new ExecutorEnded(`${messageOf(error)} (${how}) ${await this.#said}`.trim());
    }
  }

  async #write(message: unknown): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify(message));
    const frame = new Uint8Array(4 + body.length);
    new DataView(frame.buffer).setUint32(0, body.length);
    frame.set(body, 4);
    await this.#writer.write(frame);
  }

  async #read(): Promise<unknown> {
    const head = await this.#take(4);
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
    const body = length > MAX_FRAME ? undefined : await this.#take(length);
    try {
      return JSON.parse(new TextDecoder().decode(body));
    } catch {
      this.#kill();
      throw new ExecutorEnded("what the process that runs blueprints says makes no sense");
    }
  }

  async #take(size: number): Promise<Uint8Array> {
    const taken = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      if (this.#rest.length === 0) {
        const { value } = await this.#reader.read();
        if (value === undefined) {
          throw new ExecutorEnded("the process that runs blueprints ended");
        }
        this.#rest = new Uint8Array(value);
      }
      const part = this.#rest.subarray(0, size - length);
      taken.set(part, length);
      length += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return taken;
  }
}

async function lastTextOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of stream) {
    text = (text + decoder.decode(part, { stream: true })).slice(-KEPT_TEXT);
  }
  return text;
}
