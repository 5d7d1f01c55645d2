import { variableOf } from "../../src/kernel/setting.ts";
import { LEDGERS } from "../../src/ledgers/registry.ts";

/**
 * Variables that switch off every native port but HieraChain's, which all tests set themselves, and
 * what a ledger does unasked: a test that needs either sets its flag, and none ever takes a fixed
 * port.
 */
export const PORTS_OFF: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...LEDGERS.flatMap(({ ports }) => ports).filter((port) => port !== "hierachain-port"),
    "hathor-mine",
  ].map((name) => [variableOf(name), "off"]),
);
