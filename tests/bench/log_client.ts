import { runJson, withFolder } from "./processes.ts";

/** Appenders in one process. */
export interface LogLoad {
  readonly writers: number;
  /** Events of one append. */
  readonly events: number;
  /** Chains that take turns; one where it is left out. */
  readonly chains?: number;
}

/** Events per second of that load on the log alone, in a process of its own. */
export function measureLog(load: LogLoad, seconds: number): Promise<number> {
  return withFolder(async (folder) => {
    const result = await runJson("./log_load.ts", [
      `${folder}/log.db`,
      ...[load.writers, load.events, seconds, load.chains ?? 1].map(String),
    ]);
    // The program is ours and prints just this.
    return (result as { perSecond: number }).perSecond;
  });
}
