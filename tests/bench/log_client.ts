import { runJson, withFolder } from "./processes.ts";

/** Appenders of one chain in one process. */
export interface LogLoad {
  readonly writers: number;
  /** Events of one append. */
  readonly events: number;
}

/** Events per second of that load on the log alone, in a process of its own. */
export function measureLog(load: LogLoad, seconds: number): Promise<number> {
  return withFolder(async (folder) => {
    const result = await runJson("./log_load.ts", [
      `${folder}/log.db`,
      ...[String(load.writers), String(load.events), String(seconds)],
    ]);
    // The program is ours and prints just this.
    return (result as { perSecond: number }).perSecond;
  });
}
