import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { withServer } from "../../../support/in_process.ts";

const API = "/api/ledger";

/** Where a name or a reference stands in a path, and what is sent with it. */
const ROUTES: readonly (readonly ["GET" | "POST", string])[] = [
  ["GET", `${API}/chains/*/blocks`],
  ["GET", `${API}/chains/*/stats`],
  ["GET", `${API}/chains/c/blocks?limit=*&offset=*`],
  ["GET", `${API}/chains/c/blocks/*`],
  ["GET", `${API}/chains/c/blocks/*/events/0/proof`],
  ["GET", `${API}/chains/c/blocks/0/events/*/proof`],
  ["GET", `${API}/chains/c/events/*`],
  ["GET", `${API}/chains/c/events/*/proof`],
  ["GET", `${API}/entities/*/trace`],
  ["GET", `${API}/entities/e/trace?chain_name=*`],
  ["POST", `${API}/chains/*/create`],
  ["POST", `${API}/chains/made/create?chain_type=*`],
  ["POST", `${API}/chains/*/events`],
  ["POST", `${API}/chains/*/events/batch`],
  ["GET", "/*"],
  ["GET", "/ws/*"],
];

const NAMES = [
  "a".repeat(3_000),
  "a".repeat(15_000),
  "9".repeat(3_000),
  "0".repeat(64),
  "%F0%9F%98%80".repeat(600),
  "x" + "%F0%9F%98%80".repeat(200),
  "%00",
  "%",
  "%ff",
  "%ED%A0%80",
  "%0A%1B[31m",
  "__proto__",
  "9".repeat(15),
  `c_${"9".repeat(15)}_${"9".repeat(15)}`,
  "-1",
];

Deno.test("no name and no reference in a path is a failure of the server", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    for (const [method, route] of ROUTES) {
      for (const name of NAMES) {
        const path = route.replaceAll("*", name);
        const hasBody = method === "POST" && path.includes("/events");
        const event = { entity_id: "e", event_type: "t" };
        const { status, text } = method === "GET"
          ? await api.get(path)
          : await api.post(path, !hasBody ? undefined : path.endsWith("batch") ? [event] : event);
        assert(status < 500, `${method} ${path.slice(0, 100)} is answered ${status} ${text}`);
      }
    }
    const long = await api.post(`${API}/chains/${"a".repeat(3_000)}/submit-proof`);
    assertEquals(long.status, 400);
  });
});

Deno.test("a chain's type that is cut off between the halves of a character is one that can be told", async () => {
  await withServer(async ({ api }) => {
    const type = encodeURIComponent("x" + "\u{1f600}".repeat(200));
    const { status, body } = await api.post(`${API}/chains/odd/create?chain_type=${type}`);
    assertEquals([status, body.success], [201, true]);
    const { body: chains } = await api.get(`${API}/chains`);
    assertEquals(chains.map(({ name }: { name: string }) => name), ["main_chain", "odd"]);
    const { body: trace } = await api.get(`${API}/entities/odd/trace?chain_name=odd`);
    assertNotEquals(trace.events.length, 0);
  });
});

Deno.test("what is no UTF-8 in a path is told as U+FFFD, and a slash in a name is none of the path", async () => {
  await withServer(async ({ api, main }) => {
    await api.create("c");
    const places = [(path: string) => api.get(path), async (path: string) => {
      const response = await fetch(`${main}/hierachain${path}`);
      return { status: response.status, body: await response.json() };
    }];
    for (const get of places) {
      for (
        const [id, told] of [["%C3%A9%C3", "é\ufffd"], ["%ff", "\ufffd"], ["a%25b", "a%b"], [
          "%E2%82%AC",
          "€",
        ]]
      ) {
        const { body } = await get(`${API}/entities/${id}/trace`);
        assertEquals(body.entity_id, told, id);
      }
      assertEquals((await get(`${API}/entities/a%2fb/trace`)).body.entity_id, "a/b");
    }
  });
});
