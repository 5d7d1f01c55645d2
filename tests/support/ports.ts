import { variableOf } from "../../src/kernel/setting.ts";
import { LEDGERS } from "../../src/ledgers/registry.ts";

/** What accepts connections of all servers of the tests whose test does not say: `deno`, or `auto`. */
export const TEST_EDGE = Deno.env.get("LEDGER_TEST_EDGE") ?? "auto";

/** How many threads have the connections of all servers of the tests whose test does not say. */
export const TEST_THREADS = Deno.env.get("LEDGER_TEST_THREADS") ?? "1";

/**
 * Variables that switch off every native port but HieraChain's, which all tests set themselves, and
 * what a ledger does unasked: a test that needs either sets its flag, and none ever takes a fixed
 * port. With them is the edge, where it is chosen.
 */
export const PORTS_OFF: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...LEDGERS.flatMap(({ ports }) => ports).filter((port) => port !== "hierachain-port"),
    "hathor-mine",
    "hathor-nano",
  ].map((name) => [variableOf(name), "off"]),
);
if (TEST_THREADS !== "1") Object.assign(PORTS_OFF, { LEDGER_THREADS: TEST_THREADS });
if (TEST_EDGE !== "auto") Object.assign(PORTS_OFF, { LEDGER_EDGE: TEST_EDGE });

/**
 * Ports that no system gives away by itself: one that a server left for a moment, killed and started
 * again, is still free. Each process has some of them, so that no two choose the same.
 */
const FIRST = 12_000;
const EACH = 100;
const PROCESSES = 80;

let chosen = Math.floor(Math.random() * EACH);

/** Listens on a port of the loopback that nothing listens on, one of those that no system gives away. */
export function takePort(): Deno.Listener & { readonly addr: Deno.NetAddr } {
  for (;;) {
    const port = FIRST + Deno.pid % PROCESSES * EACH + chosen++ % EACH;
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/**
 * A port of the loopback that nothing listens on, for what listens later, or again: nobody who asks
 * for any port is given it meanwhile.
 */
export function freePort(): number {
  const listener = takePort();
  listener.close();
  return listener.addr.port;
}
