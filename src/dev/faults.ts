import { z } from "zod";
import { type Clock, sleep } from "../kernel/clock.ts";
import type { Asked } from "../server/extension.ts";
import type { Mounted } from "../server/mounted.ts";
import type { Handler } from "../web/handler.ts";
import { PROBLEMS } from "../web/problem.ts";

/** Faults that may be waiting at once. */
const MOST_FAULTS = 100;

/** What happens to the next requests that match. */
export const faultRequest = z.strictObject({
  /** The ledger that is asked; any where it is left out. */
  ledger: z.string().max(100).optional(),
  method: z.string().max(20).optional(),
  /** What the path contains. */
  path: z.string().max(1_000).optional(),
  /** How many requests. */
  times: z.int().min(1).max(1_000_000).default(1),
  /** The answer's status, in the ledger's form of an error; its own answer where it is left out. */
  status: z.int().min(400).max(599).optional(),
  message: z.string().max(1_000).default("A fault was asked for"),
  /** In the ledger's words; its usual one, or `dev_fault`, where it is left out. */
  code: z.string().max(100).optional(),
  /**
   * Whether it is for what is submitted alone, a transaction or an event, which is refused as if it
   * broke a rule.
   */
  isRejected: z.boolean().default(false),
  /** Whether what is asked is done, and only the answer is lost. */
  isDone: z.boolean().default(false),
  /** Milliseconds that the answer takes longer. */
  delayMs: z.int().min(0).max(600_000).default(0),
}).refine(({ status, delayMs, isRejected }) => isRejected || status !== undefined || delayMs > 0, {
  message: "a fault rejects, or has a status, a delay, or both",
});

/** A fault as it is asked for, with what was left out. */
export type DevFault = z.output<typeof faultRequest>;

/** Faults that wait for the requests they are for. */
export class Faults {
  readonly #clock: Clock;
  #waiting: { readonly fault: DevFault; left: number }[] = [];

  /** @param clock by which delays are waited for */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that wait, the first that was asked for first. */
  get waiting(): readonly DevFault[] {
    return this.#waiting.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  /** Adds one; false where too many wait. */
  add(fault: DevFault): boolean {
    if (this.#waiting.length >= MOST_FAULTS) return false;
    this.#waiting.push({ fault, left: fault.times });
    return true;
  }

  clear(): void {
    this.#waiting = [];
  }

  /** A handler of requests to ledgers, which meet what was asked for. */
  before(handler: Handler, asked: Asked): Handler {
    return async (request, address) => {
      const mounted = this.#waiting.length === 0 ? undefined : asked(request);
      const fault = mounted && this.#take(mounted, request);
      if (mounted === undefined || fault === undefined) return await handler(request, address);
      const { status, message, code, isDone, isRejected, delayMs } = fault;
      if (delayMs > 0) await sleep(this.#clock, delayMs, request.signal);
      if (isRejected) {
        const rejected = mounted.ledger.rejection?.(request, { message, code });
        return rejected ?? await handler(request, address);
      }
      const answer = isDone || status === undefined ? await handler(request, address) : undefined;
      if (status === undefined && answer !== undefined) return answer;
      await answer?.body?.cancel();
      return (mounted.ledger.words ?? PROBLEMS).failure(
        status ?? 500,
        message,
        code ?? "dev_fault",
      );
    };
  }

  #take({ definition, ledger }: Mounted, request: Request): DevFault | undefined {
    const { method, url } = request;
    const { name } = definition;
    const mayReject = () => ledger.rejection?.(request, { message: "" }) !== undefined;
    const found = this.#waiting.find(({ fault }) =>
      (fault.ledger ?? name) === name && (fault.method ?? method) === method &&
      url.includes(fault.path ?? "") && (!fault.isRejected || mayReject())
    );
    if (found === undefined) return undefined;
    found.left--;
    if (found.left === 0) this.#waiting = this.#waiting.filter((other) => other !== found);
    return found.fault;
  }
}
