/** Milliseconds that a request may take where not the limit is tested: more than it ever does. */
export const ROOMY = { cpuMs: 30_000, requestMs: 60_000 };

/** The processes that any thread of a process has started, by their ids. */
async function childrenOf(pid: number): Promise<string[]> {
  const children: string[] = [];
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
      // A thread may have ended meanwhile.
      const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/children`).catch(() => "");
      children.push(...text.split(" ").filter((each) => each !== ""));
    }
  } catch (error) {
    // The process has.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return children;
}

/** Whether a process runs Python, and has not ended. */
export async function isEngine(pid: string): Promise<boolean> {
  const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  return line.includes("hathorlib");
}

/** The engines that a process has started. */
export async function enginesOf(pid: number): Promise<string[]> {
  const children = await childrenOf(pid);
  const are = await Promise.all(children.map(isEngine));
  return children.filter((_, at) => are[at]);
}
