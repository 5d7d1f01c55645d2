import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  realResponse,
  respond,
  respondJson,
  setHeader,
  type WholeBody,
  wholeOf,
} from "../../src/web/whole_response.ts";

const BODIES: readonly WholeBody[] = ["", "text", "ü€", new Uint8Array([1, 2, 255]), null];

Deno.test("an answer is to whoever reads it as a real one of the same parts", async () => {
  for (const body of BODIES) {
    for (const headers of [{}, { "content-type": "application/json", vary: "Origin" }]) {
      const real = new Response(body, { status: 201, headers });
      const ours = respond(body, { status: 201, headers });
      assertInstanceOf(ours, Response);
      assertEquals([ours.status, ours.ok, ours.statusText], [201, true, ""]);
      assertEquals([...ours.headers], [...real.headers]);
      assertEquals(ours.bodyUsed, false);
      assertEquals(await ours.clone().text(), await real.clone().text());
      assertEquals(new Uint8Array(await ours.clone().arrayBuffer()), await real.clone().bytes());
      assertEquals(await new Response(ours.clone().body, ours).bytes(), await real.bytes());
      await ours.text();
      assertEquals(ours.bodyUsed, body !== null);
    }
  }
  const json = respondJson({ a: [1] }, { status: 404, headers: { "x-a": "1" } });
  const real = Response.json({ a: [1] }, { status: 404, headers: { "x-a": "1" } });
  assertEquals([json.ok, [...json.headers]], [false, [...real.headers]]);
  assertEquals(await json.json(), await real.json());
});

Deno.test("an answer's parts can be had until its body is read, headers as they were set last", async () => {
  const answer = respond("text", { headers: { "x-a": "1" } });
  setHeader(answer, "x-a", "2");
  const headers = { "x-a": "2", "content-type": "text/plain;charset=UTF-8" };
  assertEquals(wholeOf(answer), { status: 200, statusText: "", headers, body: "text" });
  answer.headers.append("x-a", "3");
  setHeader(answer, "x-b", "4");
  const { headers: asked, body } = wholeOf(answer) ?? {};
  assert(asked instanceof Headers);
  assertEquals([asked.get("x-a"), asked.get("x-b"), body], ["2, 3", "4", "text"]);
  await answer.text();
  assertEquals(wholeOf(answer), undefined);
});

Deno.test("headers that several answers share stay as they are", () => {
  const headers = { "x-a": "1" };
  setHeader(respond("text", { headers }), "x-b", "2");
  assertEquals(headers, { "x-a": "1" });
});

Deno.test("the runtime is given real responses, and those of streams are real", async () => {
  const real = realResponse(respond("text", { status: 202 }));
  assertEquals([real.status, await real.text()], [202, "text"]);
  const streamed = respond(new Blob(["text"]).stream(), { status: 203 });
  assertEquals([wholeOf(streamed), realResponse(streamed) === streamed], [undefined, true]);
  setHeader(streamed, "x-a", "1");
  assertEquals([streamed.status, streamed.headers.get("x-a")], [203, "1"]);
});
