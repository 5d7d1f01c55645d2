import { z } from "zod";
import { type Clock, sleep } from "../kernel/clock.ts";
import type { Extension } from "../server/extension.ts";
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

/** A request, as far as faults are for it. */
export interface FaultedRequest {
  readonly ledger: string;
  readonly method: string;
  readonly url: string;
  /** Whether it submits what can be refused. */
  readonly mayReject: boolean;
}

/** What threads share of faults: how many wait. */
export function faultMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** Faults that wait for the requests they are for. */
export class Faults {
  readonly #count: Int32Array;
  #waiting: { readonly fault: DevFault; left: number }[] = [];

  constructor(memory: SharedArrayBuffer = faultMemory()) {
    this.#count = new Int32Array(memory);
  }

  /** Those that wait, the first that was asked for first. */
  get waiting(): readonly DevFault[] {
    return this.#waiting.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  /** Adds one; false where too many wait. */
  add(fault: DevFault): boolean {
    if (this.#waiting.length >= MOST_FAULTS) return false;
    this.#put([...this.#waiting, { fault, left: fault.times }]);
    return true;
  }

  clear(): void {
    this.#put([]);
  }

  /** The fault that a request meets, if any: it has one time less then. */
  take({ ledger, method, url, mayReject }: FaultedRequest): DevFault | undefined {
    const found = this.#waiting.find(({ fault }) =>
      (fault.ledger ?? ledger) === ledger && (fault.method ?? method) === method &&
      url.includes(fault.path ?? "") && (!fault.isRejected || mayReject)
    );
    if (found === undefined) return undefined;
    found.left--;
    if (found.left === 0) this.#put(this.#waiting.filter((other) => other !== found));
    return found.fault;
  }

  #put(waiting: { readonly fault: DevFault; left: number }[]): void {
    this.#waiting = waiting;
    Atomics.store(this.#count, 0, waiting.length);
  }
}

/** What requests need of faults, on whichever thread they are. */
export interface FaultsAhead {
  readonly memory: SharedArrayBuffer;
  /** Where the faults are; see {@linkcode Faults.take}. */
  readonly take: (request: FaultedRequest) => Promise<DevFault | undefined>;
  /** By which delays are waited for. */
  readonly clock: Clock;
}

/** Has requests to ledgers meet what was asked for. */
export function meetingFaults({ memory, take, clock }: FaultsAhead): Extension["before"] {
  const count = new Int32Array(memory);
  return (handler, asked) => {
    const meets: Handler = async (request, address) => {
      const mounted = asked(request);
      const fault = mounted && await take(faulted(mounted, request));
      if (mounted === undefined || fault === undefined) return await handler(request, address);
      const { status, message, code, isDone, isRejected, delayMs } = fault;
      if (delayMs > 0) await sleep(clock, delayMs, request.signal);
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
    return (request, address) =>
      Atomics.load(count, 0) === 0 ? handler(request, address) : meets(request, address);
  };
}

function faulted({ definition, ledger }: Mounted, request: Request): FaultedRequest {
  return {
    ledger: definition.name,
    method: request.method,
    url: request.url,
    mayReject: ledger.rejection?.(request, { message: "" }) !== undefined,
  };
}
