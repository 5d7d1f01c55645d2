import { assertEquals } from "@std/assert";
import { ago, byteSize, count, duration, shortened } from "../../src/page/app/base/format.ts";
import { preview } from "../../src/page/app/base/preview.ts";
import { virtualPlace } from "../../src/page/app/base/virtual.ts";
import { RateMeter, Ring } from "../../src/page/app/data/ring.ts";

Deno.test("numbers, sizes and times are said as people say them", () => {
  assertEquals([count(0), count(1_234_567)], ["0", "1,234,567"]);
  assertEquals([0, 1_023, 1_024, 1_536, 10_485_760, 2 ** 50].map(byteSize), [
    "0 B",
    "1,023 B",
    "1 KiB",
    "1.5 KiB",
    "10 MiB",
    "1,024 TiB",
  ]);
  assertEquals([5, 59_999, 60_000, 7_200_000, 172_800_000].map(duration), [
    "5 ms",
    "59 s",
    "1 min",
    "2 h",
    "2 d",
  ]);
  assertEquals([ago(1_000, 1_500), ago(1_000, 4_000), ago(2_000, 1_000)], [
    "now",
    "3 s ago",
    "now",
  ]);
  assertEquals([shortened("abc", 8), shortened("0123456789abcdef", 7)], ["abc", "012…def"]);
});

Deno.test("of a value the beginning is said, however large it is", () => {
  assertEquals(preview({ n: 1, list: [true, null, "x"] }, 100), '{n: 1, list: [true, null, "x"]}');
  const deep: unknown[] = [];
  for (let list = deep, level = 0; level < 1_000_000; level++) {
    const inner: unknown[] = [];
    list.push(inner);
    list = inner;
  }
  assertEquals(preview(deep, 20).length, 21);
  assertEquals(preview("y".repeat(10_000_000), 10), '"yyyyyyyyy…');
});

Deno.test("a list of any length is drawn by the screenful, and each row can be gone to", () => {
  const view = 500;
  const rowHeight = 28;
  for (const rows of [0, 1, 17, 18, 285_000, 3_000_000, 4_000_000_000]) {
    const placed = (scroll: number) => virtualPlace({ count: rows, rowHeight, view, scroll });
    const { height, toScroll } = placed(0);
    assertEquals([height <= 8_000_000, placed(0).first], [true, 0]);
    const end = placed(height);
    // The last row is on the screen, and none is behind it.
    const below = end.shift + (rows - end.first) * rowHeight - Math.max(0, height - view);
    assertEquals(
      rows === 0 || Math.abs(below - Math.min(view, rows * rowHeight)) < 1,
      true,
      `${rows}`,
    );
    for (const row of [0, 7, Math.floor(rows / 3)].filter((row) => row < rows - view / rowHeight)) {
      // In proportion, a pixel stands for many rows: the wanted one is there or just above.
      const { first } = placed(toScroll(row));
      assertEquals(Math.abs(first - row) <= 1, true, `${row} of ${rows} is at ${first}`);
    }
  }
});

Deno.test("the last of many are kept, and counted by the second", () => {
  const ring = new Ring<number>(3);
  for (let n = 0; n < 100; n++) ring.push(n);
  assertEquals([ring.newest(2), ring.newest(9), ring.size], [[99, 98], [99, 98, 97], 3]);
  const meter = new RateMeter(4);
  meter.add(5, 1_000);
  meter.add(1, 1_900);
  meter.add(2, 3_100);
  // The second that is under way is left out.
  assertEquals(meter.values(3_200), [0, 6, 0]);
  assertEquals(meter.values(4_000), [6, 0, 2]);
  assertEquals(meter.values(999_000), [0, 0, 0]);
});
