import { assertEquals } from "@std/assert";
import { parseHost } from "../../src/kernel/host.ts";

const HOSTS: readonly (readonly [string, string, string])[] = [
  ["localhost", "localhost", "loopback"],
  ["LOCALHOST:80", "localhost", "loopback"],
  ["localhost.:8000", "localhost", "loopback"],
  ["app.localhost", "app.localhost", "loopback"],
  ["127.0.0.1", "127.0.0.1", "loopback"],
  ["127.1", "127.0.0.1", "loopback"],
  ["0x7f.1", "127.0.0.1", "loopback"],
  ["[::1]:8000", "[::1]", "loopback"],
  ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "loopback"],
  ["192.168.1.2:1", "192.168.1.2", "address"],
  ["0.0.0.0", "0.0.0.0", "address"],
  ["[::]", "[::]", "address"],
  ["[FD00::1]", "[fd00::1]", "address"],
  ["ledger.example:", "ledger.example", "name"],
  ["ledger_1:8000", "ledger_1", "name"],
  ["127.0.0.1.evil.example", "127.0.0.1.evil.example", "name"],
  ["localhost.evil.example", "localhost.evil.example", "name"],
];

for (const [text, name, kind] of HOSTS) {
  Deno.test(`the host ${text} is ${name}, a ${kind}`, () => {
    const host = parseHost(text);
    assertEquals([host?.name, host?.kind], [name, kind]);
  });
}

Deno.test("what could not stand in a URL is no host", () => {
  const wrong = [
    "",
    " ",
    ".",
    "..",
    "a..b",
    ":80",
    "a:b",
    "a:99999",
    "a:-1",
    "a:80:80",
    "[::1",
    "::1",
    "[]",
    "[::1]x",
    "[fe80::1%25eth0]",
    "[::g]",
    "a b",
    "a,b",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    "a@b",
    "%",
    "%41",
    "a\0",
    "ä.example",
    "999.1.1.1",
    "1.2.3.4.5",
    "xn--a",
    `${"a.".repeat(200)}a`,
  ];
  for (const text of wrong) assertEquals([text, parseHost(text)], [text, undefined]);
});
