/** Whenever the intake answers, and whenever the store does, no line of an import is lost. */
import { assertEquals } from "@std/assert";
import type { HathorNode } from "../../../../src/ledgers/hathor/intake/node.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { readMetadata } from "../../../../src/ledgers/hathor/rows/read_metadata.ts";
import { numberRow } from "../../../../src/ledgers/hathor/rows/rows.ts";
import type { ReadRows, RowValue } from "../../../../src/log/projection.ts";
import { turn } from "../../../support/faulty_store.ts";
import { mineBlock, mineTransaction, testNetwork } from "../support/builder.ts";
import { chainOf, genesis, network, tx1, tx2 } from "../support/genesis_chain.ts";
import { importLines } from "../support/imported_lines.ts";
import { SlowIntake } from "../support/slow_intake.ts";
import { withNode } from "../support/test_node.ts";

/** Until what an answer leads to has been done. */
async function settled(): Promise<void> {
  for (let left = 10; left > 0; left--) await turn();
}

/** Vertices as lines. */
function linesOf(vertices: readonly Vertex[]): string[] {
  return vertices.map(({ bytes }) => bytes.toHex());
}

/** It tells how far it is before the first turn, at that, and at a later one. */
const TOLD_AT = 3;

Deno.test("what comes while two look for it is missed by neither", async () => {
  await withNode(network, async ({ node }) => {
    const [first, second] = chainOf(genesis, 2);
    if (first === undefined || second === undefined) throw new TypeError("no blocks");
    const timestamp = second.timestamp + 1;
    const rivals = [1, 2].map((salt) =>
      mineBlock({ parents: [second, tx1, tx2], timestamp, salt })
    );
    const mayLook = Promise.withResolvers<void>();
    const bothLooked = Promise.withResolvers<void>();
    const hasCome = Promise.withResolvers<void>();
    let told = 0;
    let looked = 0;
    let isAsked = false;
    const sought = JSON.stringify(numberRow(second.hash));
    const rows: ReadRows = {
      async get<T extends RowValue>(
        key: Parameters<ReadRows["get"]>[0],
        name?: string,
      ): Promise<T | undefined> {
        const row = await node.rows.get<T>(key, name);
        if (row !== undefined || told < TOLD_AT || JSON.stringify(key) !== sought) return row;
        if (++looked === 2) bothLooked.resolve();
        await hasCome.promise;
        return row;
      },
    };
    const intake = new SlowIntake(node, {
      // The second is refused again and again as long as the first is not there.
      before: ({ hash }) => {
        if (hash === second.hash) isAsked = true;
        return hash === first.hash ? bothLooked.promise : undefined;
      },
      after: ({ hash }, { isAccepted }) => {
        if (hash === second.hash) isAsked = false;
        if (hash === second.hash && isAccepted) void settled().then(hasCome.resolve);
        return rivals.some((rival) => rival.hash === hash) ? mayLook.promise : undefined;
      },
    });
    // While the import tells how far it is, no vertex goes: the second waits for its turn.
    const progress = async () => {
      if (++told !== TOLD_AT) return;
      while (isAsked) await turn();
      await settled();
      mayLook.resolve();
      await bothLooked.promise;
    };
    const lines = linesOf([first, second, ...rivals]);
    const imported = await importLines({ node: { ...node, rows }, intake }, lines, progress);
    assertEquals(imported.refused, []);
    assertEquals([imported.counts.taken, looked], [4, 2]);
  });
});

Deno.test("what is removed before the import hears that it was taken is tried again", async () => {
  const own = testNetwork(2);
  await withNode(own, async ({ node }) => {
    const [first, ...others] = chainOf(genesis, 4);
    if (first === undefined) throw new TypeError("no block");
    const timestamp = (others.at(-1)?.timestamp ?? 0) + 1;
    const spending = mineTransaction(
      { parents: [tx1, tx2], timestamp },
      [{ from: first, index: 0, owner: 1 }],
      [{ value: 6400, to: 2 }],
    );
    const parents = [first, tx1, tx2];
    const removing = mineBlock({ parents, timestamp: timestamp + 1, weight: 20 });
    const isRemoved = Promise.withResolvers<void>();
    const intake = new SlowIntake(node, {
      after: ({ hash }) => {
        if (hash === removing.hash) void settled().then(isRemoved.resolve);
        return hash === spending.hash ? isRemoved.promise : undefined;
      },
    });
    const lines = linesOf([first, ...others, spending, removing]);
    const { counts, refused } = await importLines({ node, intake }, lines);
    assertEquals(refused.map(({ line, code }) => [line, code]), [[5, "RewardLocked"]]);
    assertEquals(counts.taken, 5);
    assertEquals(await readMetadata(spending.hash, node.rows), undefined);
  });
});

Deno.test("a line that comes again while it is taken in is not taken for one that is there", async () => {
  await withNode(network, async ({ node }) => {
    const [first, second, third, ...others] = chainOf(genesis, 7);
    if (first === undefined || second === undefined || third === undefined) {
      throw new TypeError("no blocks");
    }
    const isRead = Promise.withResolvers<void>();
    const intake = new SlowIntake(node, {
      before: ({ hash }) => hash === third.hash ? isRead.promise : undefined,
    });
    const order = [third, ...others.slice(0, 3), third, ...others.slice(3), second, first];
    const lines = async function* () {
      for (const [at, { bytes }] of order.entries()) {
        if (at === 6) isRead.resolve();
        await settled();
        yield bytes.toHex();
      }
    };
    const reading = { lookAhead: 2, linesAtOnce: 2 };
    const { counts, refused } = await importLines({ node, intake }, lines(), undefined, reading);
    assertEquals([counts.taken, counts.known, refused], [7, 1, []]);
  });
});

/** A node that has a transaction which spends a young reward, and a block that removes it. */
async function withSpentReward(
  removedAt: (times: { readonly first: number; readonly spending: number }) => number,
  body: (parts: {
    readonly node: HathorNode;
    readonly spending: Vertex;
    readonly removing: Vertex;
  }) => Promise<void>,
): Promise<void> {
  await withNode(testNetwork(2), async ({ node, intake }) => {
    const [first, ...others] = chainOf(genesis, 4);
    if (first === undefined) throw new TypeError("no block");
    const timestamp = (others.at(-1)?.timestamp ?? 0) + 1;
    const spending = mineTransaction(
      { parents: [tx1, tx2], timestamp },
      [{ from: first, index: 0, owner: 1 }],
      [{ value: 6400, to: 2 }],
    );
    const at = removedAt({ first: first.timestamp, spending: timestamp });
    const removing = mineBlock({ parents: [first, tx1, tx2], timestamp: at, weight: 20 });
    for (const vertex of [first, ...others, spending]) {
      assertEquals((await intake.accept(vertex)).isAccepted, true);
    }
    await body({ node, spending, removing });
  });
}

/** What becomes of lines that are read with no look ahead. */
async function imported(
  node: HathorNode,
  intake: SlowIntake,
  lines: readonly string[] | AsyncIterable<string>,
  linesAtOnce: number,
) {
  const reading = { lookAhead: 0, linesAtOnce };
  const { counts, refused } = await importLines({ node, intake }, lines, undefined, reading);
  return { counts, refused: refused.map(({ line, code }) => [line, code]) };
}

/** Of the reads that tell that it is there, the one of its second look-up. */
const LAST_LOOK = 3;

const ONE_EACH = { lines: 2, taken: 1, known: 0, refused: 1 };

Deno.test("what is removed while it is looked up is tried again", async () => {
  await withSpentReward(({ spending }) => spending + 1, async ({ node, spending, removing }) => {
    const isLookedUp = Promise.withResolvers<void>();
    const isRemoved = Promise.withResolvers<void>();
    let looks = 0;
    const rows: ReadRows = {
      async get<T extends RowValue>(
        key: Parameters<ReadRows["get"]>[0],
        name?: string,
      ): Promise<T | undefined> {
        const row = await node.rows.get<T>(key, name);
        // A parent of it tells that it is there.
        const isTold = JSON.stringify(row)?.includes(spending.hash) === true;
        if (!isTold || ++looks !== LAST_LOOK) return row;
        isLookedUp.resolve();
        await isRemoved.promise;
        return row;
      },
    };
    const intake = new SlowIntake(node, {
      before: ({ hash }) => hash === removing.hash ? isLookedUp.promise : undefined,
      after: ({ hash }) => {
        if (hash === removing.hash) void settled().then(isRemoved.resolve);
        return undefined;
      },
    });
    const { counts, refused } = await imported(
      { ...node, rows },
      intake,
      linesOf([removing, spending]),
      1,
    );
    assertEquals([counts, refused], [ONE_EACH, [[2, "RewardLocked"]]]);
  });
});

Deno.test("what is removed before its own turn is counted once", async () => {
  await withSpentReward(({ first }) => first + 1, async ({ node, spending, removing }) => {
    const intake = new SlowIntake(node, {});
    const { counts, refused } = await imported(node, intake, linesOf([removing, spending]), 2);
    assertEquals([counts, refused], [ONE_EACH, [[2, "RewardLocked"]]]);
  });
});

Deno.test("what waited for a vertex that has come from elsewhere goes on with its line", async () => {
  await withNode(network, async ({ node, intake }) => {
    const [first, second] = chainOf(genesis, 2);
    if (first === undefined || second === undefined) throw new TypeError("no blocks");
    const isRefused = Promise.withResolvers<void>();
    const slow = new SlowIntake(node, {
      after: ({ hash }) => {
        if (hash === second.hash) isRefused.resolve();
        return undefined;
      },
    });
    const lines = async function* () {
      yield second.bytes.toHex();
      await isRefused.promise;
      await settled();
      assertEquals((await intake.accept(first)).isAccepted, true);
      yield first.bytes.toHex();
    };
    const { counts, refused } = await imported(node, slow, lines(), 1);
    assertEquals([counts, refused], [{ lines: 2, taken: 1, known: 1, refused: 0 }, []]);
  });
});
