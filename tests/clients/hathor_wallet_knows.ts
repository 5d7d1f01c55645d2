import { assert, assertEquals } from "@std/assert";

/** What the genesis holds, in the smallest unit. */
const GENESIS = 100_000_000_000;

/** Asserts that a wallet knows what it has done, as `hathor_wallet.cjs` prints it. */
// What it tells is for this to know.
// deno-lint-ignore no-explicit-any
export function assertWalletKnows(got: any): void {
  const [first, token, mint, melt, away] = got.sent;
  assertEquals(got.before, { amount: GENESIS, mint: 0, melt: 0 });
  // A deposit of a hundredth for what was created and minted; one for what was melted is back.
  assertEquals(got.after.amount, GENESIS - 100 - 5 + 2);
  assertEquals(got.token, { amount: 10_000 + 500 - 200 - 25, mint: 1, melt: 1 });
  assertEquals(got.history, [[away, -25], [melt, -200], [mint, 500], [token, 10_000]]);
  assertEquals(got.details, {
    totalSupply: 10_300,
    totalTransactions: 4,
    tokenInfo: { id: token, name: "Wallet Coin", symbol: "WLC", version: 1 },
    authorities: { mint: true, melt: true },
  });
  assertEquals([got.full.success, got.full.tx.hash], [true, first]);
  assert(got.full.meta.first_block !== null, "the miner confirms what waits");
  assertEquals(got.confirmation.success, true);
  assertEquals(got.streams, 0);
  // The real node drops the last of these sockets: its window is part of the opening.
  for (const from of [got.byKey, got.byAddresses, got.byWindow]) {
    assert(from.streams > 0, "the history is streamed");
    const { history, token: balance, after } = from.known;
    assertEquals(history.slice(-got.history.length), got.history);
    assertEquals([balance, after], [got.token, got.after]);
    assertEquals(from.after.history.slice(1), history);
  }
}
