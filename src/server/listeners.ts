import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { Certificate } from "./tls.ts";

/** Answers a request of the peer at `address`. */
export type Handler = (request: Request, address: string) => Response | Promise<Response>;

/** A port being listened on. */
export interface Listener {
  /** The port: what was asked for, or what the system chose for port 0. */
  readonly port: number;
  /** Stops accepting, and resolves when every connection is gone. */
  shutdown(): Promise<void>;
}

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Undefined for plain HTTP. */
  readonly certificate: Certificate | undefined;
}

/** How often the system may choose a port, before none seems to be free on both addresses. */
const PORT_CHOICES = 10;

/**
 * Listens on a port. `localhost` means both loopback addresses, because clients differ in which
 * one they try; the second is left out where the machine has only one. Throws `config_invalid` or
 * the system's `Deno.errors.AddrInUse`.
 */
export async function listen(address: ListenAddress, handler: Handler): Promise<Listener> {
  const { host, port } = address;
  if (host !== "localhost") return serve(address, handler);
  for (let attempt = 1;; attempt++) {
    const first = serve({ ...address, host: "127.0.0.1" }, handler);
    try {
      const second = serve({ ...address, host: "::1", port: first.port }, handler);
      return {
        port: first.port,
        shutdown: async () => void await Promise.all([first.shutdown(), second.shutdown()]),
      };
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) return first;
      await first.shutdown();
      // The system chose a port that is free on one of the two addresses: it may choose again.
      if (port !== 0 || attempt === PORT_CHOICES) throw error;
    }
  }
}

function serve({ host, port, certificate }: ListenAddress, handler: Handler): Listener {
  try {
    const server = Deno.serve({
      hostname: host,
      port,
      ...certificate,
      // Whoever started the server is told once, of all ports together.
      onListen: () => {},
    }, (request, info) => handler(request, info.remoteAddr.hostname));
    return { port: server.addr.port, shutdown: () => server.shutdown() };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw error;
    throw new LedgerError("config_invalid", `Cannot listen on ${host}: ${messageOf(error)}`);
  }
}
