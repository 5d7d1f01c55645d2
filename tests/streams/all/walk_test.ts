import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import { entryEvent, type OrderEntry } from "../../../src/streams/all/order.ts";
import type { Piece } from "../../../src/streams/all/piece.ts";
import { AllPages } from "../../../src/streams/all/pages.ts";
import { Selection } from "../../../src/streams/all/selection.ts";
import { Walk } from "../../../src/streams/all/walk.ts";
import { ORDER_CHAIN } from "../../../src/streams/chain/names.ts";
import { turnsOf } from "../../support/turns.ts";

const ROOM = { chars: 1_000_000, events: 1_000 };

function pieceOf(chain: string): Piece {
  const told = () => `{"offset":"${"0".repeat(33)}","of":"${chain}"}`;
  return { first: 0, next: 1, time: 1, told, isWanted: () => true };
}

/** A walk over entries of chains whose pieces come as `of` says, a read of the order done already. */
async function withWalk(
  chains: readonly string[],
  of: (chain: string) => Piece | Promise<Piece>,
  body: (walk: Walk, selection: Selection) => Promise<void>,
  patterns: readonly string[] = [],
): Promise<void> {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: () => undefined });
  try {
    const entries = chains.map((chain): OrderEntry => (
      { kind: "range", chain, epoch: "e", from: 0, to: 1, time: 1 }
    ));
    await log.chain(ORDER_CHAIN).append(entries.map(entryEvent));
    const follower = await log.chain(ORDER_CHAIN).attach(0, () => {});
    const wanted = { patterns, filter: undefined, format: "envelope", since: 0 } as const;
    const selection = new Selection(wanted, { allows: () => true });
    const pieces = { of: ({ chain }: { chain: string }) => of(chain) };
    const walk = new Walk(follower, 0, { pieces, selection, epoch: "e" });
    try {
      await follower.peek();
      await body(walk, selection);
    } finally {
      walk.close();
    }
  } finally {
    await log.close();
    store.close();
  }
}

/** The chains of what is told now; fails where something has to be read first. */
function taken(walk: Walk): string[] | undefined {
  const took = walk.take(ROOM);
  assert(!(took instanceof Promise), "nothing has to be read");
  return took?.texts.map((text) => JSON.parse(text).of);
}

Deno.test("what cannot be read is told to whoever comes to it, and to nobody who does not", async () => {
  let isAway = true;
  const of = (chain: string) => {
    if (chain === "a") return pieceOf(chain);
    return isAway
      ? Promise.reject(new Error("the store is away"))
      : Promise.resolve(pieceOf(chain));
  };
  await withWalk(["a", "b"], of, async (walk) => {
    assertEquals(taken(walk), ["a"]);
    // Nobody waits for b yet: that it fails now would end the process, were it nobody's.
    await new Promise((resolve) => setTimeout(resolve));
    await assertRejects(async () => await walk.take(ROOM), Error, "the store is away");
    isAway = false;
    await walk.take(ROOM);
    assertEquals(taken(walk), ["b"]);
    assertEquals(taken(walk), undefined);
  });
});

Deno.test("what is being read is read once, and is never taken for what comes behind it", async () => {
  const reads = new Map<string, PromiseWithResolvers<Piece>[]>();
  const of = (chain: string) => {
    if (chain === "a") return pieceOf(chain);
    const read = Promise.withResolvers<Piece>();
    reads.set(chain, [...reads.get(chain) ?? [], read]);
    return read.promise;
  };
  await withWalk(["a", "b", "c"], of, async (walk) => {
    assertEquals(taken(walk), ["a"]);
    const waiting = walk.take(ROOM);
    assert(waiting instanceof Promise);
    assertEquals(walk.take(ROOM), waiting);
    assertEquals(reads.get("b")?.length, 1);
    for (const read of reads.get("b") ?? []) read.resolve(pieceOf("b"));
    await waiting;
    assertEquals(taken(walk), ["b"]);
    // Given up before it came.
    walk.seek(walk.position);
    const [ahead, ...others] = reads.get("c") ?? [];
    ahead?.resolve(pieceOf("of another place"));
    for (const read of others) read.resolve(pieceOf("of another place"));
    await new Promise((resolve) => setTimeout(resolve));
    const again = walk.take(ROOM);
    assert(again instanceof Promise);
    reads.get("c")?.at(-1)?.resolve(pieceOf("c"));
    await again;
    assertEquals(taken(walk), ["c"]);
  });
});

Deno.test("whoever reads over HTTP what is mostly not wanted leaves turns to others", async () => {
  const chains = Array.from({ length: 400 }, (_, at) => `${at}`);
  await withWalk(chains, pieceOf, async (walk, selection) => {
    const readers = { walk: () => Promise.resolve(walk) };
    const pages = await AllPages.open(readers, 0, { epoch: "e", next: 400 }, selection);
    const { most } = await turnsOf(
      async () => assertEquals((await pages.next()).texts.length, 4),
      () => walk.following.offset,
    );
    // A look at the clock for every four, and what is wanted among them.
    assertLess(most, 9);
  }, ["*99"]);
});
