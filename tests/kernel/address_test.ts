import { assertEquals } from "@std/assert";
import { isLoopback, subnetOf } from "../../src/kernel/address.ts";

Deno.test("an IPv4 address counts for itself, an IPv6 one with its network", () => {
  const cases: [string, string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0db8:0000:0000:ffff::", "2001:db8:0:0::/64"],
    ["2001:DB8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1::", "2001:db8:1:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
  ];
  for (const [address, network] of cases) {
    assertEquals([address, subnetOf(address)], [address, network]);
  }
});

Deno.test("which hosts are this machine alone", () => {
  const local = ["localhost", "127.0.0.1", "127.255.0.9", "::1", "[::1]", "::ffff:127.0.0.1"];
  const open = ["", "0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example", "ledger.example", "::2"];
  assertEquals(local.filter((host) => !isLoopback(host)), []);
  assertEquals(open.filter(isLoopback), []);
});
