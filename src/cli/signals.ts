const NUMBERS: Readonly<Record<string, number>> = { SIGINT: 2, SIGTERM: 15, SIGBREAK: 21 };

/** The signals by which a process is asked to stop. */
export const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/**
 * A signal that is aborted when the process is asked to stop, and the code to leave with: 0, or as
 * shells have it 128 and the number of what stopped it.
 */
export function signalled(): { signal: AbortSignal; exitCode(): number } {
  const stop = new AbortController();
  let code = 0;
  for (const name of STOP_SIGNALS) {
    Deno.addSignalListener(name, () => {
      code = 128 + (NUMBERS[name] ?? 0);
      stop.abort();
    });
  }
  return { signal: stop.signal, exitCode: () => code };
}
