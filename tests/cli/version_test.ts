import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { VERSION } from "../../src/kernel/version.ts";
import { runWell } from "../support/command_line.ts";

Deno.test("there is one version: the program tells it, and the changelog begins with it", async () => {
  assertEquals(VERSION, config.version);
  assertEquals((await runWell(["--version"])).trim(), config.version);
  const log = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
  const versions = [...log.matchAll(/^## \[([^\]]+)\]/gm)].map(([, version]) => version);
  assertEquals(versions.filter((version) => version !== "Unreleased")[0], config.version);
  assertEquals(new Set(versions).size, versions.length);
  assertMatch(log, /keepachangelog\.com/);
});
