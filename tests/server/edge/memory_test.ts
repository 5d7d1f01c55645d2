import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { memoryThereIs, placesByMemory, placesWanted } from "../../../src/server/edge/memory.ts";

const MB = 1_000_000;

Deno.test("all clients that may be connected can stall, in the memory there is", () => {
  for (const memory of [512, 768, 2_048, 4_096, 8_192].map((count) => count * MB)) {
    const places = placesByMemory(memory);
    assert(places * 440_000 < memory, `${places} places in ${memory}`);
  }
  assertEquals(placesByMemory(768 * MB), 832);
  assertEquals(placesByMemory(64_000 * MB), 20_000);
  // As few as that can be had everywhere.
  assertEquals(placesByMemory(0), 100);
});

Deno.test("how much memory there is can be told without a permission, and a number that is set counts", async () => {
  const path = join(import.meta.dirname ?? ".", "../../../src/server/edge/memory.ts");
  const code = `console.log((await import(${JSON.stringify(path)})).memoryThereIs())`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-config", `--allow-read=${path}`, "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { stdout } = await child.output();
  const told = Number(new TextDecoder().decode(stdout));
  for (const memory of [told, memoryThereIs()]) {
    assert(memory > 0 && memory < Infinity, `${memory}`);
  }
  assertEquals(placesWanted(7), 7);
  assertEquals(placesWanted("auto"), placesByMemory(memoryThereIs()));
});
