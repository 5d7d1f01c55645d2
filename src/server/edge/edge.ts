import type { Certificate } from "../tls.ts";

/** Answers a request of the peer at `address`. */
export type Handler = (request: Request, address: string) => Response | Promise<Response>;

/**
 * What accepts connections and speaks HTTP on them: `node:http`, which counts, times and cuts every
 * connection, or `Deno.serve`, which is all there is on Deno Deploy.
 */
export type Edge = "node" | "deno";

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Undefined for plain HTTP. */
  readonly certificate: Certificate | undefined;
}

/** A port being listened on. */
export interface Listener {
  /** The port: what was asked for, or what the system chose for port 0. */
  readonly port: number;
  /** Stops accepting, and resolves when every connection is gone: what is in hand is answered. */
  shutdown(): Promise<void>;
  /** Ends at once whatever connections there are, as far as the edge can. */
  cut(): void;
}
