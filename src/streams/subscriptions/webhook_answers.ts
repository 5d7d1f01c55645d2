import { DURATION_BOUNDS, Histogram } from "../../kernel/histogram.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { LastAnswer, WebhookOutcome } from "../../web/deliveries.ts";

/** Subscriptions whose last answers are known: more than there may be at one time. */
const REMEMBERED = 1_024;

/** Characters of an error that are kept. */
const ERROR_CHARS = 200;

/** How webhooks have answered since this process began. */
export class WebhookAnswers {
  readonly durations = new Histogram(DURATION_BOUNDS);
  readonly #outcomes: Record<WebhookOutcome, number> = { ok: 0, refused: 0, failed: 0 };
  /** Those heard of last are at the end. */
  readonly #last = new Map<string, LastAnswer>();

  get outcomes(): Readonly<Record<WebhookOutcome, number>> {
    return this.#outcomes;
  }

  /** What one has said last. */
  of(id: string): LastAnswer | undefined {
    return this.#last.get(id);
  }

  /** It has answered with a status, or not at all: `error` says why. */
  note(
    id: string,
    at: number,
    ms: number,
    { status, error }: { readonly status?: number; readonly error?: unknown },
  ): void {
    const isGood = status !== undefined && status >= 200 && status <= 299;
    this.#outcomes[status === undefined ? "failed" : isGood ? "ok" : "refused"]++;
    this.durations.add(ms / 1_000);
    const text = error === undefined ? undefined : messageOf(error).slice(0, ERROR_CHARS);
    this.#last.delete(id);
    this.#last.set(id, { at, status, error: text, ms });
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= REMEMBERED) break;
      this.#last.delete(oldest);
    }
  }
}
