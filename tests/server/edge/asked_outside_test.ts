import { assertEquals } from "@std/assert";
import { clientOf, urlOfWeb } from "../../../src/server/edge/asked_outside.ts";

const TCP = { transport: "tcp", hostname: "192.0.2.1", port: 1 } as const;
const UNIX = { transport: "unix", path: "/run/a.sock" } as const;

Deno.test("the URL of a request is one of HTTP, whatever scheme its client likes", () => {
  for (const url of ["http://a/b?c", "https://a/b", "HTTP://a/", "/nothing"]) {
    assertEquals(urlOfWeb(url, undefined), url);
  }
  for (const scheme of ["ftp", "http+unix", "x", "null", ""]) {
    assertEquals(urlOfWeb(`${scheme}://a/b`, undefined), "http://a/b");
    assertEquals(urlOfWeb(`${scheme}://a/b`, "https"), "https://a/b");
  }
  assertEquals(urlOfWeb("http://a/?u=ftp://b", "https"), "https://a/?u=ftp://b");
});

Deno.test("a platform is believed where a client is, and nobody else is", () => {
  const told = (text: string) => new Headers({ "x-deno-client-address": text });
  const cases = [
    ["203.0.113.7:4711", "203.0.113.7"],
    ["203.0.113.7", "203.0.113.7"],
    ["[2001:db8::7]:4711", "2001:db8::7"],
    ["2001:db8::7", "2001:db8::7"],
    ["[::ffff:203.0.113.7]:4711", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["nobody:1", ""],
    ["", ""],
  ] as const;
  for (const [text, address] of cases) {
    for (const peer of [TCP, UNIX]) {
      assertEquals([text, clientOf(told(text), peer, true)], [text, address]);
    }
    assertEquals(clientOf(told(text), TCP, false), "192.0.2.1");
    assertEquals(clientOf(told(text), UNIX, false), "");
  }
  // A runtime may say it in the header's place.
  const mapped = { transport: "tcp", hostname: "::ffff:203.0.113.7", port: 1 } as const;
  assertEquals(clientOf(new Headers(), mapped, true), "203.0.113.7");
});
