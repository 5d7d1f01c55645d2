/** How a server for tests is started. */
export interface StartOptions {
  /** Settings by their names; beside them a store in memory, and free ports of this machine. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** The program and what comes before its flags; else the words of `LEDGERLINE_COMMAND`, else `ledgerline`. */
  readonly command?: readonly string[];
}

/** A server in a process of its own, ready. */
export interface Ledgerline {
  /** Address of the main port, with every ledger under its prefix. */
  readonly url: string;
  /** The address of each ledger's own port, by the ledger's name. */
  readonly urls: Readonly<Record<string, string>>;
  readonly pid: number;
  /**
   * Asks its developer mode for what stands after `/v1/dev/`: with a body by POST, else by GET, or by
   * the method that is given. Rejects with the server's words where it refuses.
   */
  dev(what: string, body?: unknown, method?: string): Promise<unknown>;
  /** Stops it, and resolves when the process has ended. It may be called again. */
  stop(): Promise<void>;
}

/** Starts a server and resolves when it is ready. Rejects with what the program said where it ends before. */
export function startLedgerline(options?: StartOptions): Promise<Ledgerline>;
