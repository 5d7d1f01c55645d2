/** What runs in the thread of {@linkcode ScriptThread}. */
import { zencode_exec } from "zenroom";
import type { ScriptRun } from "./script_thread.ts";

/** Bytes of memory that scripts may have. Zenroom begins with 16 MiB, and most need half of one. */
const MEMORY_BYTES = 64 * 1024 * 1024;

const PAGE_BYTES = 65_536;
const { prototype } = WebAssembly.Memory;
const grow = prototype.grow;

// Zenroom takes a refusal for what it is, and the script fails for want of memory.
prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
  if (this.buffer.byteLength + pages * PAGE_BYTES > MEMORY_BYTES) {
    throw new RangeError("a script may not have more memory");
  }
  return grow.call(this, pages);
};

globalThis.addEventListener("message", async (event) => {
  if (!(event instanceof MessageEvent)) return;
  // Sent by ScriptThread alone.
  const { code, data } = event.data as ScriptRun;
  postMessage(await run(code, data));
});

async function run(code: string, data: string): Promise<string | null> {
  try {
    return (await zencode_exec(code, { data })).result;
  } catch {
    return null;
  }
}

postMessage(null);

/** A worker's own, which the types of the main thread do not have. */
declare function postMessage(message: unknown): void;
