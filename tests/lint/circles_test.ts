import { assertEquals } from "@std/assert";
import { circleFaults } from "./circles.ts";

/** The faults of files that import others: each line is `file: target target …`. */
function faultsOf(lines: readonly string[]): string[] {
  const sources = lines.map((line): [string, string] => {
    const [path = "", targets = ""] = line.split(":");
    const depth = "../".repeat(path.split("/").length - 1) || "./";
    const imports = targets.trim().split(" ").filter((target) => target !== "");
    return [path, imports.map((target) => `import { x } from "${depth}${target}";\n`).join("")];
  });
  return circleFaults(new Map(sources));
}

Deno.test("files that import each other are found, however long their circle is", () => {
  assertEquals(faultsOf(["log/a.ts: log/b.ts", "log/b.ts: log/c.ts", "log/c.ts:"]), []);
  assertEquals(faultsOf(["log/a.ts: log/b.ts", "log/b.ts: log/c.ts", "log/c.ts: log/a.ts"]), [
    "these import each other: log/a.ts, log/b.ts, log/c.ts",
  ]);
});

Deno.test("folders of one folder that import each other are found, with all that is below them", () => {
  const one = "web/a/deep/x.ts: web/b/x.ts";
  assertEquals(faultsOf([one, "web/b/x.ts:", "web/b/y.ts: web/c/x.ts", "web/c/x.ts:"]), []);
  const back = ["web/b/x.ts:", "web/b/y.ts: web/c/x.ts", "web/c/x.ts: web/a/y.ts", "web/a/y.ts:"];
  assertEquals(faultsOf([one, ...back]), ["these import each other: web/a, web/b, web/c"]);
});

Deno.test("a folder's own files and those of a folder in it are a road of one way as well", () => {
  const files = ["web/a.ts: web/in/x.ts", "web/in/x.ts:", "web/in/y.ts: web/b.ts", "web/b.ts:"];
  assertEquals(faultsOf(files), ["these import each other: web, web/in"]);
});

Deno.test("where a folder has an order of its own, it holds", () => {
  const files = ["streams/chain/x.ts: streams/http/x.ts", "streams/http/x.ts:"];
  assertEquals(faultsOf(files), ["streams/chain may not import streams/http"]);
  const beside = ["streams/socket/x.ts: streams/subscriptions/x.ts", "streams/subscriptions/x.ts:"];
  assertEquals(faultsOf(beside), ["streams/socket may not import streams/subscriptions"]);
  assertEquals(faultsOf(["streams/http/x.ts: streams/chain/x.ts", "streams/chain/x.ts:"]), []);
});
