import { assertEquals } from "@std/assert";
import { matchesGlob } from "../../../src/streams/chain/glob.ts";

Deno.test("a star matches one segment or a part of it, two stars any number of segments", () => {
  const cases: readonly (readonly [pattern: string, path: string, isMatch: boolean])[] = [
    ["events/*", "events/a", true],
    ["events/*", "events", false],
    ["events/*", "events/a/b", false],
    ["*", "events", true],
    ["events/a", "events/a", true],
    ["events/a", "events/b", false],
    ["events/**", "events", true],
    ["events/**", "events/a/b/c", true],
    ["**/c", "c", true],
    ["**/c", "a/b/c", true],
    ["**/c", "a/b/d", false],
    ["a/**/d", "a/d", true],
    ["a/**/d", "a/b/c/d", true],
    ["a/**/*/d", "a/d", false],
    ["**", "anything/at/all", true],
    ["**/a/**", "x/a/y/a", true],
    ["user-*/in*x", "user-1/inbox", true],
    ["user-*/in*x", "user-1/inboxes", false],
    ["a*b*c", "aXbYbZc", true],
    ["a.c", "abc", false],
    ["(a|b)", "a", false],
  ];
  for (const [pattern, path, isMatch] of cases) {
    assertEquals(matchesGlob(pattern, path), isMatch, `${pattern} and ${path}`);
  }
});

// The work of backtracking would be without end here.
Deno.test("no pattern makes matching slow", () => {
  const many = Array.from({ length: 60 }, () => "**/*a*a*a*").join("/");
  assertEquals(matchesGlob(many, Array.from({ length: 120 }, () => "aab").join("/")), false);
  assertEquals(matchesGlob("*a".repeat(120) + "b", "a".repeat(240)), false);
});
