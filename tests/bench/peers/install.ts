/** Programs of others that do the same work, and how they are had. */
import { join } from "node:path";
import { succeeds } from "../../support/missing.ts";

interface Peer {
  readonly program: string;
  /** The command that installs it into a folder, and its variables. */
  readonly install: (folder: string) => {
    readonly command: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
}

const PEERS = {
  /** The official Durable Streams server in Rust. */
  durableStreams: {
    program: "durable-streams-server",
    install: (folder) => ({
      command: "cargo",
      args: ["install", "durable-streams", "--version", "0.1.5", "--locked", "--root", folder],
    }),
  },
  nats: {
    program: "nats-server",
    install: (folder) => ({
      command: "go",
      args: ["install", "github.com/nats-io/nats-server/v2@v2.15.2"],
      env: { GOBIN: join(folder, "bin") },
    }),
  },
} as const satisfies Record<string, Peer>;

export type PeerName = keyof typeof PEERS;

/** Where peers are installed; `LEDGER_BENCH_CACHE` names another folder. */
function cacheFolder(): string {
  const caches = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? ".", ".cache");
  return Deno.env.get("LEDGER_BENCH_CACHE") ?? join(caches, "ledgerline-bench");
}

/** The program of a peer, from the cache folder or the path; undefined where it is not installed. */
export function findPeer(name: PeerName): string | undefined {
  const { program } = PEERS[name];
  const cached = join(cacheFolder(), "bin", program);
  return [cached, program].find((path) => succeeds("sh", ["-c", 'command -v "$0"', path]));
}

/** Installs what is missing. Throws where that fails. */
export async function installPeers(): Promise<void> {
  for (const name of ["durableStreams", "nats"] as const) {
    if (findPeer(name) !== undefined) continue;
    const { install }: Peer = PEERS[name];
    const { command, args, env = {} } = install(cacheFolder());
    const { success } = await new Deno.Command(command, {
      args: [...args],
      env,
      stdin: "null",
    }).spawn().status;
    if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
  }
}
