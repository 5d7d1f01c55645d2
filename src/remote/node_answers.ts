import type { z } from "zod";
import { LedgerError } from "../kernel/errors.ts";
import { Heard } from "./heard.ts";
import { refusalCode, type RemoteServer } from "./remote_server.ts";
import { answerBytes, answerStart } from "./whole_answer.ts";

/** Bytes of an answer: what is more is no answer of a node. */
export const ANSWER_BYTES = 64 * 1024 * 1024;

/** Bytes of an answer that refuses which are repeated. */
const TOLD_BYTES = 200;

/** Answers of a node over HTTP, each read whole: within a time, and bounded. */
export class NodeAnswers {
  readonly #server: RemoteServer;
  readonly #heard: Heard;
  readonly #most: number;

  /** @param most bytes of an answer */
  constructor(server: RemoteServer, heard: Heard, most = ANSWER_BYTES) {
    this.#server = server;
    this.#heard = heard;
    this.#most = most;
  }

  /** The same node, of whose answers less is read: what has more is `remote_invalid`. */
  upTo(most: number): NodeAnswers {
    return new NodeAnswers(this.#server, this.#heard, most);
  }

  get signal(): AbortSignal {
    return this.#heard.signal;
  }

  /**
   * What is at a path; undefined where the node says that nothing is. Throws `remote_away`,
   * `remote_refused` and `remote_invalid`.
   */
  async find(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const response = await this.#ask(path, "GET");
    if (response === undefined) return undefined;
    return await answerBytes(response, this.#most, (part) => this.#heard.within(part));
  }

  /** The same of what has to be there. */
  async get(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.find(path);
    if (bytes === undefined) throw this.invalid(path, "is not there");
    return bytes;
  }

  /** The same in JSON of a form; `why` is what `remote_invalid` says of any other. */
  async told<T>(path: string, form: z.ZodType<T>, why: string): Promise<T> {
    const bytes = await this.get(path);
    try {
      return form.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) {
      throw this.invalid(path, why, error);
    }
  }

  /** Whether anything is at a path. */
  async has(path: string): Promise<boolean> {
    const response = await this.#ask(path, "HEAD");
    await response?.body?.cancel();
    return response !== undefined;
  }

  /** What is said at a path is none of what a node says. */
  invalid(path: string, why: string, cause?: unknown): LedgerError {
    return new LedgerError("remote_invalid", `${this.#place(path)} ${why}`, {}, cause);
  }

  async #ask(path: string, method: "GET" | "HEAD"): Promise<Response | undefined> {
    const { signal } = this.#heard;
    const response = await this.#heard.within(this.#server.ask(path, { method, signal }));
    if (response.ok) return response;
    const { status } = response;
    const within = <T>(part: Promise<T>) => this.#heard.within(part);
    const told = (await answerStart(response, TOLD_BYTES, within)).trim();
    if (status === 404) return undefined;
    throw new LedgerError(
      refusalCode(status),
      `${this.#place(path)} answers ${status}${told === "" ? "" : `: ${told}`}`,
      { status },
    );
  }

  #place(path: string): string {
    return this.#server.origin + path;
  }
}
