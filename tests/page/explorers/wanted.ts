import type { Traffic } from "./traffic.ts";
import type { World } from "./world.ts";

/** What a screen has to show. */
export type Wanted = readonly (string | RegExp)[];

/** Each screen of each ledger, with what the log has that it must show. */
export function screensOf(
  { hathor, bigchaindb, planetmint, hierachain }: Traffic,
  world: World,
): Readonly<Record<string, Wanted>> {
  const { chain, entity, block } = hierachain;
  const height = world.hathor.blocks.length - 1;
  const tip = hathor.tip.slice(-8);
  return {
    "#/hathor": ["privatenet", `${height}`, tip, "Latest transactions", "waiting", "None so far"],
    "#/hathor/blocks": [`${height}`, tip, "64.00"],
    "#/hathor/transactions": [hathor.waiting.slice(0, 8), "Token creation", "confirmed"],
    [`#/hathor/tx/${hathor.payment}`]: [hathor.payment, "12.50 HTR", "51.50 HTR", /confirmed, \d+/],
    [`#/hathor/tx/${hathor.waiting}`]: ["waiting for a block", "none yet"],
    [`#/hathor/tx/${hathor.voided}`]: ["voided", "Spends the same as"],
    [`#/hathor/tx/${hathor.tip}`]: [
      `Block ${height}`,
      "best chain, 0 blocks upon it",
      "its reward",
    ],
    [`#/hathor/tx/${hathor.token}`]: ["Test Coin (TST)", "100.00 TST", "may mint"],
    "#/hathor/block/14": ["Block 14", "Confirms first"],
    [`#/hathor/address/${hathor.address}`]: [hathor.address, "TST", "+12.50 HTR", "History of"],
    "#/hathor/mempool": [hathor.waiting.slice(0, 16), "2 wait for a block"],
    "#/hathor/tokens": ["Test Coin", "by a deposit"],
    [`#/hathor/token/${hathor.token}`]: ["100.00 TST", "who can spend", "nobody"],
    "#/hathor/token/00": ["Hathor (HTR)", "the network's own"],
    "#/hathor/mining": ["The next block", `${height + 1}`, "64.00 HTR", /From \d+ to \d+ seconds/],
    "#/bigchaindb": ["At height", "VOTE", "CREATE", "Blocks"],
    "#/bigchaindb/transactions": ["CREATE", "TRANSFER", 'painting: "Mona Lisa"'],
    "#/bigchaindb/transactions?operation=VALIDATOR_ELECTION": [bigchaindb.election.slice(0, 8)],
    "#/bigchaindb/block/2": ["Block 2", "CREATE", /offset \d/],
    [`#/bigchaindb/tx/${bigchaindb.transfer}`]: [
      bigchaindb.asset,
      /reason:\s*"a birthday"/,
      "spent by",
      "unspent",
      /UTC/,
    ],
    [`#/bigchaindb/asset/${bigchaindb.asset}`]: [
      /manufacturer:\s*"bkfab"/,
      "5 transactions since it began",
      "Its life",
      "unspent",
    ],
    [`#/bigchaindb/key/${bigchaindb.key}`]: [bigchaindb.key, "2 unspent of 4"],
    [`#/bigchaindb/key/${bigchaindb.key}?spent=all`]: ["spent", "CREATE"],
    "#/bigchaindb/search?q=museum": ["Nothing says that", 'hangs: "in a museum"'],
    "#/bigchaindb/rejected": ["DoubleSpend", "was already spent"],
    "#/bigchaindb/elections": ["n4 with power 9", "20 of 30", "decided", "25.6 %"],
    "#/planetmint": ["At height", "TRANSFER", "CREATE"],
    "#/planetmint/block/2": ["Block 2", "CREATE"],
    [`#/planetmint/tx/${planetmint.transfer}`]: [planetmint.asset, "unspent"],
    [`#/planetmint/asset/${planetmint.asset}`]: ["bafkrei", "1 transaction since it began"],
    [`#/planetmint/key/${planetmint.key}`]: ["1 unspent of 1"],
    "#/planetmint/search?q=bafkreiba6bpkcdbgqxg2mpmlwyjdvpxaqo3bkqqrfdlz2gxk2atmvjhhhy": [
      "As an asset once, as metadata once",
    ],
    "#/planetmint/rejected": ["DoubleSpend"],
    "#/planetmint/elections": ["100.0 %", "Nothing was put to the vote"],
    "#/hierachain": ["main_chain", chain, "warehouse", "2 of 3", "not yet"],
    [`#/hierachain/chain/${chain}`]: ["production_complete", "linked", "it is the first"],
    "#/hierachain/chain/main_chain": ["proof_submission", "Proofs", "Chains below"],
    [`#/hierachain/chain/${chain}/block/${block}`]: [
      "the events and the header make this hash",
      "consensus_finalization",
      entity,
    ],
    [`#/hierachain/chain/${chain}/block/${block}/event/1`]: ["proven", "anchored", "Merkle root"],
    [`#/hierachain/chain/${chain}/block/0/event/0`]: ["genesis", "proven"],
    "#/hierachain/trace": ["Which entity?"],
    [`#/hierachain/trace?entity=${entity}`]: [
      "5 events in",
      "sold",
      "recalled",
      "retail",
      `block ${block}`,
    ],
  };
}
