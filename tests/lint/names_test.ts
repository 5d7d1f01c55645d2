import { assertEquals } from "@std/assert";
import { nameFaults } from "./names.ts";

const ONE = "export function one() {}\n";

function faultsOf(files: Readonly<Record<string, string>>, alike = {}): string[] {
  return nameFaults(new Map(Object.entries(files)), alike);
}

Deno.test("a name that stands in two files is found, whatever it names", () => {
  const files = {
    "log/a.ts": ONE,
    "web/b.ts": "export type one = 1;\n",
    "web/c.ts": "const one = 1;\n",
  };
  assertEquals(faultsOf(files), ["one stands in log/a.ts and web/b.ts"]);
  assertEquals(faultsOf({ "log/a.ts": ONE + ONE }), []);
  assertEquals(faultsOf({ "log/a.ts": ONE, "ledgers/hathor/a.ts": ONE }).length, 1);
});

Deno.test("two ledgers may have a name each, where they have no part in common; so may the client", () => {
  assertEquals(faultsOf({ "ledgers/hathor/a.ts": ONE, "ledgers/hierachain/a.ts": ONE }), []);
  assertEquals(faultsOf({ "client/a.ts": ONE, "log/a.ts": ONE }), []);
  const shared = { "ledgers/planetmint/a.ts": ONE, "ledgers/shared_x/a.ts": ONE };
  assertEquals(faultsOf(shared), []);
  const importing = 'import { x } from "../shared_x/b.ts";\n';
  assertEquals(faultsOf({ ...shared, "ledgers/planetmint/b.ts": importing }).length, 1);
});

Deno.test("names that stand twice for a reason are listed, for as long as they do", () => {
  assertEquals(faultsOf({ "log/a.ts": ONE, "web/b.ts": ONE }, { one: "a reason" }), []);
  assertEquals(faultsOf({ "log/a.ts": ONE }, { one: "a reason" }), [
    "one stands once: take it off the list in names.ts",
  ]);
});
