import { SHUTDOWN_MS } from "../../kernel/limits.ts";

const NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGTERM: 15,
  SIGBREAK: 21,
};

/** The signals by which a process is asked to stop; SIGHUP comes when its terminal is closed. */
const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGHUP", "SIGINT", "SIGTERM"];

/**
 * Calls `stop` with the first signal by which the process is asked to stop. The second one ends the
 * process, as it would without this. What is returned ends the listening.
 */
export function onStopSignal(stop: (signal: Deno.Signal) => void): () => void {
  const handlers = STOP_SIGNALS.map((signal) => {
    const handler = () => {
      remove();
      stop(signal);
    };
    Deno.addSignalListener(signal, handler);
    return () => Deno.removeSignalListener(signal, handler);
  });
  const remove = () => handlers.splice(0).forEach((end) => end());
  return remove;
}

/** The code to leave with where a signal was the reason: as shells have it. */
function exitCodeOf(signal: Deno.Signal): number {
  return 128 + (NUMBERS[signal] ?? 0);
}

/**
 * A signal that is aborted when the process is asked to stop, and the code to leave with: 0, or as
 * shells have it 128 and the number of what stopped it.
 */
export function signalled(): { signal: AbortSignal; exitCode(): number } {
  const stop = new AbortController();
  let code = 0;
  onStopSignal((signal) => {
    code = exitCodeOf(signal);
    stop.abort();
  });
  return { signal: stop.signal, exitCode: () => code };
}

/**
 * Runs `task`, and gives back what it holds by `close`, also when the process is asked to stop
 * meanwhile: then the process ends once that is done.
 */
export async function holding<T>(
  close: () => Promise<void>,
  task: () => Promise<T>,
): Promise<T> {
  const remove = onStopSignal((signal) => {
    const leave = () => Deno.exit(exitCodeOf(signal));
    close().then(leave, leave);
    setTimeout(leave, SHUTDOWN_MS);
  });
  try {
    return await task();
  } finally {
    await close();
    remove();
  }
}
