import { LedgerError } from "../../kernel/errors.ts";
import { isDeploy } from "../../kv/deploy.ts";
import type { Certificate } from "./tls.ts";

/**
 * What accepts connections and speaks HTTP on them: `node:http`, which counts, times and cuts every
 * connection, or `Deno.serve`, which is all there is on Deno Deploy.
 */
export type Edge = "node" | "deno";

/** The first Deno 2 whose `node:http` is a server of its own: before, it wrapped `Deno.serve`. */
const FIRST_MINOR = 9;

/**
 * The edge to use: the only one on Deploy and on an older runtime, elsewhere what was asked for, and
 * `node` for `auto`. Throws `config_invalid` where it is not available.
 */
export function chooseEdge(asked: "auto" | Edge): Edge {
  if (isDeploy()) return "deno";
  const isAble = !isOldRuntime();
  if (asked === "auto") return isAble ? "node" : "deno";
  if (asked === "deno" || isAble) return asked;
  throw new LedgerError("config_invalid", `--edge=node needs Deno 2.${FIRST_MINOR} or newer`);
}

/** Whether the runtime is one of before {@linkcode FIRST_MINOR}. */
export function isOldRuntime(): boolean {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  return major < 3 && minor < FIRST_MINOR;
}

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Undefined for plain HTTP. */
  readonly certificate: Certificate | undefined;
  /** How many threads listen there, each with a listener of its own; one where left out. */
  readonly threads?: number;
}

/** A port being listened on. */
export interface OpenPort {
  /** The port: what was asked for, or what the system chose for port 0. */
  readonly port: number;
  /** Stops accepting, answers the requests under way, and resolves when every connection is gone. */
  shutdown(): Promise<void>;
  /** Ends at once whatever connections there are, as far as the edge can. */
  cut(): void;
}
