import { assertEquals } from "@std/assert";
import { Window } from "../../src/sockets/window.ts";

Deno.test("a window counts what is out, and takes acknowledgements in any steps", () => {
  const window = new Window(3, 0, true);
  for (const position of [2, 5, 9]) window.sent(position);
  assertEquals(window.room, 0);
  window.acknowledge(1);
  assertEquals(window.room, 0);
  window.acknowledge(7);
  assertEquals(window.room, 2);
  window.acknowledge(2);
  assertEquals(window.room, 2);
  for (let position = 10; position < 10_000; position++) {
    window.acknowledge(position - 1);
    window.sent(position);
  }
  assertEquals(window.room, 2);
});

Deno.test("a window without gaps counts by the marks alone, and takes another size", () => {
  const window = new Window(1_000_000_000, 6, false);
  for (const mark of [7, 8, 9]) window.sent(mark);
  assertEquals([window.room, window.last], [999_999_997, 9]);
  window.acknowledge(8, 1);
  assertEquals(window.room, 0);
  window.acknowledge(9);
  assertEquals(window.room, 1);
});
