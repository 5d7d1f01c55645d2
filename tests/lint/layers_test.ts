import { assertEquals } from "@std/assert";
import { layerFaults } from "./layers.ts";

function faultsOf(path: string, target: string): number {
  return layerFaults(path, `import { x } from "${target}";\n`).length;
}

Deno.test("an import down the layers or within one passes", () => {
  assertEquals(faultsOf("log/writer.ts", "../kv/store.ts"), 0);
  assertEquals(faultsOf("log/writer.ts", "./head.ts"), 0);
  assertEquals(faultsOf("ledgers/hathor/vertex.ts", "../../crypto/hashes.ts"), 0);
  assertEquals(faultsOf("ledgers/hathor/vertex.ts", "../ledger.ts"), 0);
});

Deno.test("an import up the layers fails", () => {
  assertEquals(faultsOf("log/writer.ts", "../sockets/session.ts"), 1);
  assertEquals(faultsOf("kernel/ids.ts", "../kv/store.ts"), 1);
  assertEquals(faultsOf("sockets/session.ts", "../ledgers/registry.ts"), 1);
});

Deno.test("a ledger may not import another, and only ledgers may import crypto", () => {
  assertEquals(faultsOf("ledgers/hathor/a.ts", "../hierachain/b.ts"), 1);
  assertEquals(faultsOf("ledgers/planetmint/a.ts", "../shared_bigchain/b.ts"), 0);
  assertEquals(faultsOf("server/server.ts", "../crypto/hashes.ts"), 1);
  assertEquals(faultsOf("crypto/der.ts", "../log/log.ts"), 1);
});

Deno.test("the client stands alone", () => {
  assertEquals(faultsOf("client/feed.ts", "./wire.ts"), 0);
  assertEquals(faultsOf("client/feed.ts", "../kernel/ids.ts"), 1);
  assertEquals(faultsOf("cli/main.ts", "../client/mod.ts"), 1);
});

Deno.test("only one layer opens stores, and only one upgrades sockets", () => {
  assertEquals(layerFaults("log/log.ts", "await Deno.openKv();").length, 1);
  assertEquals(layerFaults("kv/open.ts", "await Deno.openKv();").length, 0);
  assertEquals(layerFaults("server/a.ts", "// as Deno.upgradeWebSocket does\n").length, 0);
});
