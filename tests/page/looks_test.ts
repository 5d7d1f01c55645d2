import { assertEquals } from "@std/assert";
import { Looks } from "../../src/page/app/data/looks.ts";
import { until } from "../support/until.ts";

/** More than a test lasts. */
const NEVER_MS = 1e9;

Deno.test("news that comes during a look is looked at after it", async () => {
  const open: (() => void)[] = [];
  const looks = new Looks(() => new Promise((resolve) => open.push(resolve)), {
    everyMs: NEVER_MS,
    leastMs: 0,
  });
  looks.news();
  looks.news();
  assertEquals(open.length, 1);
  open[0]?.();
  await until("the next look", () => open.length === 2);
  open[1]?.();
  // What has come was seen: there is no other look until there is more.
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(open.length, 2);
  looks.news();
  await until("a look at what came later", () => open.length === 3);
  looks.news();
  looks.end();
  open[2]?.();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(open.length, 3);
});

Deno.test("what says nothing by itself is looked at every so often", async () => {
  let count = 0;
  const look = () => {
    count++;
    return Promise.resolve();
  };
  const looks = new Looks(look, { everyMs: 1, leastMs: NEVER_MS });
  await until("several looks", () => count > 3);
  looks.end();
});
