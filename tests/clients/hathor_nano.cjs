// A wallet of the well-known genesis words, with @hathor/wallet-lib as its users have it: it brings in a
// blueprint, makes a contract of it, deposits and withdraws, and prints what the node tells of it all.
const { config, ncApi } = require("@hathor/wallet-lib");
const { begin, pinCode, run } = require("./hathor_begin.cjs");

const CODE = `
from hathor import Blueprint, Context, export, public, view

@export
class Purse(Blueprint):
    """Keeps what it is given."""

    gifts: int

    @public(allow_deposit=True)
    def initialize(self, ctx: Context, gifts: int) -> None:
        self.gifts = gifts

    @public(allow_deposit=True, allow_withdrawal=True)
    def move(self, ctx: Context, by: int) -> None:
        self.gifts += by
        self.log.info('moved', by=by)
        self.syscall.emit_event(b'moved')

    @view
    def twice(self, by: int) -> int:
        return 2 * self.gifts * by
`;

const [, , node, mining] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);

/** Waits until a block confirms a transaction, and returns what the node tells of it. */
async function confirmed(wallet, sending) {
  const { hash } = await sending;
  for (;;) {
    const told = await wallet.getFullTxById(hash).catch(() => undefined);
    if (told?.meta?.first_block) return told;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until the wallet has heard of a transaction. */
async function known(wallet, hash) {
  while (!await wallet.getTx(hash)) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function main() {
  const wallet = await begin({ network: "privatenet", servers: [node] });
  const address = await wallet.getAddressAtIndex(0);
  const blueprint = await confirmed(
    wallet,
    wallet.createAndSendOnChainBlueprintTransaction(CODE, address, { pinCode }),
  );
  const blueprintId = blueprint.tx.hash;
  const call = (method, data) =>
    confirmed(
      wallet,
      wallet.createAndSendNanoContractTransaction(method, address, data, { pinCode }),
    );
  const money = (type, amount) => (
    type === "deposit"
      ? { type, token: "00", amount, changeAddress: address }
      : { type, token: "00", amount, address }
  );
  const creation = await call("initialize", {
    blueprintId,
    args: [7],
    actions: [money("deposit", 1000n)],
  });
  const ncId = creation.tx.hash;
  const deposit = await call("move", { ncId, args: [3], actions: [money("deposit", 500n)] });
  const withdrawal = await call("move", {
    ncId,
    args: [-1],
    actions: [money("withdrawal", 200n)],
  });
  const tooMuch = await call("move", {
    ncId,
    args: [1],
    actions: [money("withdrawal", 5000n)],
  });
  // One that moves no money, and has nothing of the wallet but its caller.
  const bare = await call("move", { ncId, args: [0], actions: [] });
  for (const { tx } of [blueprint, bare]) await known(wallet, tx.hash);
  const state = await ncApi.getNanoContractState(ncId, ["gifts"], ["00"], ["twice(3)"]);
  const then = await ncApi.getNanoContractState(ncId, ["gifts"], [], [], creation.meta.first_block);
  const history = await ncApi.getNanoContractHistory(ncId);
  const info = await ncApi.getBlueprintInformation(blueprintId);
  const logs = await (await fetch(`${node}nano_contract/logs?id=${deposit.tx.hash}`)).json();
  const [{ balance }] = await wallet.getBalance("00");
  return {
    ids: { blueprint: blueprintId, contract: ncId },
    executed: [creation, deposit, withdrawal, tooMuch, bare].map(({ meta }) => meta.nc_execution),
    state,
    then,
    history: history.history.map(({ hash, nc_method }) => [hash, nc_method]),
    hashes: [bare, tooMuch, withdrawal, deposit, creation].map(({ tx }) => tx.hash),
    info,
    logs,
    balance: Number(balance.unlocked + balance.locked),
  };
}

run(main, String);
