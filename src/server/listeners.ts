import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { Connections } from "./edge/connections.ts";
import { listenWithDeno } from "./edge/deno_edge.ts";
import type { Handler } from "../web/handler.ts";
import type { Edge, ListenAddress, OpenPort } from "./edge/edge.ts";
import { listenWithNode } from "./edge/node_edge.ts";

export type { OpenPort } from "./edge/edge.ts";

/** How often the system may choose a port, before none seems to be free on both addresses. */
const PORT_CHOICES = 10;

/** What listens, and what counts the connections. */
export interface Listening {
  readonly edge: Edge;
  readonly connections: Connections;
}

/** Listens on one address. Throws `config_invalid` or the system's `Deno.errors.AddrInUse`. */
export type OpenAddress = (address: ListenAddress, handler: Handler) => Promise<OpenPort>;

/** Listens with what accepts connections here. */
export function opensWith(listening: Listening): OpenAddress {
  return (address, handler) => serve(address, listening, handler);
}

/**
 * Listens on a port. `localhost` means both loopback addresses, because clients differ in which
 * one they try; the second is left out where the machine has only one. Throws `config_invalid` or
 * the system's `Deno.errors.AddrInUse`.
 */
export async function listen(
  address: ListenAddress,
  open: OpenAddress,
  handler: Handler,
): Promise<OpenPort> {
  const { host, port } = address;
  if (host !== "localhost") return await open(address, handler);
  for (let attempt = 1;; attempt++) {
    const first = await open({ ...address, host: "127.0.0.1" }, handler);
    try {
      const there = { ...address, host: "::1", port: first.port };
      const second = await open(there, handler);
      return {
        port: first.port,
        shutdown: async () => void await Promise.all([first.shutdown(), second.shutdown()]),
        cut: () => {
          first.cut();
          second.cut();
        },
      };
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) return first;
      await first.shutdown();
      // The system chose a port that is free on one of the two addresses: it may choose again.
      if (port !== 0 || attempt === PORT_CHOICES) throw error;
    }
  }
}

async function serve(
  address: ListenAddress,
  { edge, connections }: Listening,
  handler: Handler,
): Promise<OpenPort> {
  try {
    if (edge === "deno") return listenWithDeno(address, handler);
    return await listenWithNode(address, handler, connections);
  } catch (error) {
    throw cannotListen(address, error);
  }
}

/** The error of an address that cannot be listened on. */
export function cannotListen({ host }: ListenAddress, error: unknown): Error {
  if (error instanceof Deno.errors.AddrInUse) return error;
  return new LedgerError("config_invalid", `Cannot listen on ${host}: ${messageOf(error)}`);
}
