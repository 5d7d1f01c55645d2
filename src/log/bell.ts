import type { HeadListener } from "./doorbell.ts";

/** What rings for chains that someone follows. */
export interface Bell {
  /** Begins to ring for a chain; rings once with its head as soon as that is read. */
  listen(chain: string, listener: HeadListener): void;
  silence(chain: string): void;
  /**
   * Whether all commits of this process are wanted here, of chains that nobody listens for as well.
   * Left out where they are made here.
   */
  every?(isWanted: boolean): void;
  close(): Promise<void>;
}
