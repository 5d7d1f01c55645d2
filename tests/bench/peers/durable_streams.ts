import { freePort } from "../../support/ports.ts";
import { rssOf, type ServerProcess, startProgram, withFolder } from "../processes.ts";
import { findPeer } from "./install.ts";

/**
 * Runs `use` with the official Durable Streams server, which keeps what it acknowledges, as ours
 * does; with nothing where it is not installed.
 */
export function withDurableStreams<T>(
  use: (peer: ServerProcess | undefined) => Promise<T>,
): Promise<T> {
  const program = findPeer("durableStreams");
  if (program === undefined) return use(undefined);
  return withFolder(async (folder) => {
    const port = freePort();
    const args = ["--host", "127.0.0.1", "--port", String(port), "--data-dir", folder];
    const started = await startProgram(program, args, port);
    try {
      return await use({ ...started, main: port, rss: () => rssOf(started.pid) });
    } finally {
      await started.stop();
    }
  });
}
