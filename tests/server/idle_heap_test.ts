import { assert, assertEquals } from "@std/assert";
import { getHeapSpaceStatistics } from "node:v8";
import { heapOfThread, IdleHeap, type ThreadHeap } from "../../src/server/idle_heap.ts";
import { FakeClock } from "../support/fake_clock.ts";

const MB = 1024 * 1024;

/** A heap that a test fills. */
class FilledHeap implements ThreadHeap {
  total = 0;
  taken = 60 * MB;
  live = 30 * MB;
  collections = 0;

  allocated(): number {
    return this.total;
  }

  size(): number {
    return this.taken;
  }

  used(): number {
    return this.live;
  }

  collect(): void {
    this.collections++;
    this.taken = this.live + MB;
  }
}

function begun() {
  const clock = new FakeClock();
  const heap = new FilledHeap();
  return { clock, heap, idle: new IdleHeap(clock, heap) };
}

Deno.test("memory is given back once, when little has happened for a while", () => {
  const { clock, heap, idle } = begun();
  for (let second = 0; second < 60; second++) {
    heap.total += 5 * MB;
    clock.advance(1_000);
  }
  assertEquals(heap.collections, 0);
  clock.advance(2_000);
  assertEquals(heap.collections, 0);
  clock.advance(1_000);
  assertEquals(heap.collections, 1);
  // There is nothing to give back.
  clock.advance(600_000);
  assertEquals(heap.collections, 1);
  heap.taken += 20 * MB;
  clock.advance(1_000);
  assertEquals(heap.collections, 2);
  idle.stop();
  assertEquals(clock.waiting, 0);
});

Deno.test("what goes on quietly has memory given back twice a minute at the most", () => {
  const { clock, heap, idle } = begun();
  for (let second = 0; second < 120; second++) {
    heap.total += MB;
    heap.taken += 15 * MB;
    clock.advance(1_000);
  }
  assertEquals(heap.collections, 4);
  idle.stop();
});

Deno.test("a large heap is left to the runtime: to collect it at once would take its time", () => {
  const { clock, heap, idle } = begun();
  heap.live = 500 * MB;
  heap.taken = 600 * MB;
  clock.advance(100_000);
  assertEquals(heap.collections, 0);
  idle.stop();
});

Deno.test("the runtime gives back what its young generation had grown to", async () => {
  const heap = await heapOfThread();
  // Older runtimes let nobody collect.
  if (heap === undefined) return;
  const before = heap.allocated();
  let kept: number[][] = [];
  // It grows by what survives.
  while (youngBytes() < 8 * MB && heap.allocated() - before < 1_024 * MB) {
    kept = Array.from({ length: 200_000 }, (_, at) => [at, at]);
  }
  assertEquals(kept.length, 200_000);
  const grown = youngBytes();
  assert(grown >= 8 * MB, `${grown} bytes`);
  kept = [];
  heap.collect();
  const left = youngBytes();
  assert(left <= grown / 4, `${left} of ${grown} bytes`);
});

Deno.test("what nobody holds any more is gone when the heap was collected", async () => {
  const heap = await heapOfThread();
  if (heap === undefined) return;
  const gone = Array.from({ length: 10 }, () => new WeakRef({ at: {} }));
  // Until the end of this turn they are held by having been looked at.
  await new Promise((resolve) => setTimeout(resolve, 0));
  heap.collect();
  assertEquals(gone.filter((ref) => ref.deref() !== undefined).length, 0);
});

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")
    ?.space_size ?? 0;
}
