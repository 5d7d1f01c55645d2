import { until } from "./until.ts";

/** Removes a folder, into which a server that has stopped on a busy machine may write a moment longer. */
export async function removeFolder(folder: string): Promise<void> {
  await until("a folder is removed", async () => {
    try {
      await Deno.remove(folder, { recursive: true });
      return true;
    } catch (error) {
      if (!String(error).includes("not empty")) throw error;
      return false;
    }
  });
}
