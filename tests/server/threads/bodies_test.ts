import { assertEquals, assertRejects } from "@std/assert";
import { Bodies } from "../../../src/server/threads/bodies.ts";

/** A body of which a part has come. */
async function begun() {
  const bodies = new Bodies(({ kind }) => {
    if (kind === "pull") bodies.take({ kind: "part", id: 1, part: new Uint8Array(1) });
  });
  const reader = bodies.incoming(1).getReader();
  assertEquals((await reader.read()).value?.length, 1);
  return { bodies, reader };
}

Deno.test("a body whose other side has gone between two of its parts ends with an error", async () => {
  const { bodies, reader } = await begun();
  bodies.close();
  await assertRejects(() => reader.read(), Error, "the thread is gone");
});

Deno.test("a body is not kept once its request is answered, and whoever reads on hears so", async () => {
  const { bodies, reader } = await begun();
  bodies.drop(1);
  await assertRejects(() => reader.read(), Error, "the request is answered");
});
