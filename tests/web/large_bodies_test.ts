import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BODIES_IN_WORK_BYTES, LARGE_BODY_BYTES } from "../../src/kernel/limits.ts";
import { readBody } from "../../src/web/body.ts";
import { answeredInPlace, Room } from "../../src/web/large_bodies.ts";
import { until } from "../support/until.ts";

const LIMIT = 8 * 1024 * 1024;

/** So large that all the room for work is taken by one, as it grows. */
const GROWTH = BODIES_IN_WORK_BYTES / LARGE_BODY_BYTES;

function large(isChunked = false): Request {
  const bytes = new Uint8Array(LARGE_BODY_BYTES + 1);
  const body = isChunked ? ReadableStream.from([bytes.subarray(0, 9), bytes.subarray(9)]) : bytes;
  const headers = isChunked ? {} : { "content-length": String(bytes.length) };
  return new Request("http://localhost/", { method: "POST", body, headers });
}

Deno.test("room is given in the order in which it is asked for, and never more than there is", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 40 }),
    async (sizes) => {
      const room = new Room(100);
      const served: number[] = [];
      let taken = 0;
      await Promise.all(sizes.map(async (size, at) => {
        const share = await room.take(size);
        assertEquals(share, Math.min(size, 100));
        served.push(at);
        taken += share;
        assert(taken <= 100);
        await Promise.resolve();
        taken -= share;
        room.give(share);
      }));
      assertEquals(served, [...sizes.keys()]);
      assertEquals(room.left, 100);
    },
  ));
});

for (const isChunked of [false, true]) {
  Deno.test(`a large body waits until that before it is answered, ${isChunked ? "" : "not "}chunked`, async () => {
    const happened: string[] = [];
    const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const serve = (at: number) => {
      const request = large(isChunked);
      return answeredInPlace(request, async () => {
        assertEquals((await readBody(request, LIMIT, GROWTH))?.length, LARGE_BODY_BYTES + 1);
        happened.push(`begun ${at}`);
        await ends[at]?.promise;
        happened.push(`ended ${at}`);
        return new Response();
      }, undefined);
    };
    const first = serve(0);
    await until("the first is worked on", () => happened.length === 1);
    const second = serve(1);
    const small = new Request("http://localhost/", {
      method: "POST",
      body: "small",
      headers: { "content-length": "5" },
    });
    // Small ones wait for nobody.
    await answeredInPlace(small, async () => {
      assertEquals((await readBody(small, LIMIT))?.length, 5);
      return new Response();
    }, undefined);
    assertEquals(happened, ["begun 0"]);
    ends.forEach(({ resolve }) => resolve());
    await Promise.all([first, second]);
    assertEquals(happened, ["begun 0", "ended 0", "begun 1", "ended 1"]);
  });
}

Deno.test("a request that fails, or is answered without its body, keeps nobody waiting", async () => {
  const failing = large();
  const failed = answeredInPlace(failing, async () => {
    await readBody(failing, LIMIT, GROWTH);
    throw new Error("it fails");
  }, undefined);
  assert(await Promise.resolve(failed).then(() => false, () => true));
  const left = large();
  await answeredInPlace(left, () => {
    void readBody(left, LIMIT, GROWTH);
    return new Response();
  }, undefined);
  const last = large();
  const answer = await answeredInPlace(last, async () => {
    await readBody(last, LIMIT, GROWTH);
    return new Response("in");
  }, undefined);
  assertEquals(await answer.text(), "in");
});
