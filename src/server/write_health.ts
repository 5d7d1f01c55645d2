import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { LogObserver } from "../log/observer.ts";

/** Failures that are not the store's: other writers were faster, or the server is stopping. */
const NOT_THE_STORE: ReadonlySet<string> = new Set(["store_busy", "closed"]);

/**
 * Whether the store takes appends. After one has failed that is found out by a probe write, because
 * a server that is not ready may be sent no append that would show it.
 */
export class WriteHealth implements LogObserver {
  readonly #tryWrite: () => Promise<void>;
  #failure: string | undefined;
  #trying: Promise<void> | undefined;

  constructor(tryWrite: () => Promise<void>) {
    this.#tryWrite = tryWrite;
  }

  failed(_chain: string, error: unknown): void {
    if (error instanceof LedgerError && NOT_THE_STORE.has(error.code)) return;
    this.#failure = `appends fail: ${messageOf(error)}`;
  }

  committed(): void {
    this.#failure = undefined;
  }

  /** "ok", or why not. However many ask, one write is tried at a time. */
  async check(): Promise<string> {
    if (this.#failure === undefined) return "ok";
    this.#trying ??= this.#tryWrite()
      .then(() => this.committed(), (error) => this.failed("", error))
      .finally(() => this.#trying = undefined);
    await this.#trying;
    return this.#failure ?? "ok";
  }
}
