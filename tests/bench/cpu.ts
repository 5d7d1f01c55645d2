import process from "node:process";

/** Clock ticks in a second, in `/proc`. */
const TICKS = 100;

/**
 * Cores kept busy while something runs: by this process, which is the load client, and where the
 * system tells by the server. A figure counts only while the client is well below one core.
 */
export class CpuMeter {
  readonly #pid: number | undefined;
  readonly #started = performance.now();
  readonly #own = process.cpuUsage();
  readonly #others: number | undefined;

  private constructor(pid: number | undefined, others: number | undefined) {
    this.#pid = pid;
    this.#others = others;
  }

  static async start(pid: number | undefined): Promise<CpuMeter> {
    return new CpuMeter(pid, await secondsOf(pid));
  }

  async stop(): Promise<{ client: number; server: number | undefined }> {
    const seconds = (performance.now() - this.#started) / 1_000;
    const { user, system } = process.cpuUsage(this.#own);
    const client = (user + system) / 1e6 / seconds;
    const now = await secondsOf(this.#pid);
    const isKnown = now !== undefined && this.#others !== undefined;
    return { client, server: isKnown ? (now - (this.#others ?? 0)) / seconds : undefined };
  }
}

async function secondsOf(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined) return undefined;
  try {
    const text = await Deno.readTextFile(`/proc/${pid}/stat`);
    // The name may hold spaces; it ends with the last parenthesis.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}
