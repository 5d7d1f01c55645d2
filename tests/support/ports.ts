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

/** A port of the loopback that nothing listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
