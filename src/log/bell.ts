import type { HeadListener } from "./doorbell.ts";

/** What rings for chains that someone follows. */
export interface Bell {
  /** Begins to ring for a chain; rings once with its head as soon as that is read. */
  listen(chain: string, listener: HeadListener): void;
  silence(chain: string): void;
  close(): Promise<void>;
}
