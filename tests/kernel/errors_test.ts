import { assertEquals } from "@std/assert";
import { messageOf } from "../../src/kernel/errors.ts";

Deno.test("the text of an error has no credentials and no query of a URL in it", () => {
  const cases = [
    [
      "at http://user:secret@kv.example:4512/v2?token=secret: refused",
      "at http://kv.example:4512/v2",
    ],
    ["for url (https://secret@kv.example/)", "for url (https://kv.example/)"],
    ["'wss://kv.example/ws?token=secret'", "'wss://kv.example/ws'"],
    ["Invalid URL: 'http://[::1/x'y?q='z&token=secret'", "Invalid URL: 'http://[::1/x'y'"],
    ["mail me@example.com, or is it? yes", "mail me@example.com, or is it? yes"],
    ["see http://kv.example/a@b", "see http://kv.example/a@b"],
    [`at "http://a","http://u:secret'@b/?secret"`, `at "http://a","http://b/"`],
    ["Invalid URL: 'http://[::1/x'y?q='z&token=secret'", "Invalid URL: 'http://[::1/x'y'"],
  ];
  for (const [text, shown] of cases) {
    assertEquals(messageOf(new Error(text)).startsWith(shown ?? ""), true, messageOf(text));
    assertEquals(messageOf(text).includes("secret"), false);
  }
});

Deno.test("a text full of beginnings of URLs is gone through once", () => {
  // Where each beginning is looked at to the end of the text, this takes minutes.
  const text = "a://".repeat(250_000);
  assertEquals(messageOf(text), text);
});
