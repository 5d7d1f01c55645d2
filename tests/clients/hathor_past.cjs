// A wallet of @hathor/wallet-lib through what a developer does to its chain: a reorganisation, a
// double spend, and going back to a snapshot. It prints what the wallet knows after each.
const { config, walletUtils } = require("@hathor/wallet-lib");
const { begin, run } = require("./hathor_begin.cjs");

const [, , node, dev] = process.argv;
config.setServerUrl(node);

async function tell(what, body = {}) {
  const response = await fetch(`${dev}/v1/dev/${what}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
  return await response.json();
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

async function main() {
  const seed = walletUtils.generateWalletWords();
  const wallet = await begin({ network: "privatenet", servers: [node] }, { seed });
  const address = await wallet.getAddressAtIndex(0);
  const pay = async (amount) => (await tell("faucet", { address, amount })).id;

  /** What the wallet knows, once it has the balance that there is. */
  const known = async (amount) => {
    for (;;) {
      const [{ balance: { unlocked } }] = await wallet.getBalance("00");
      const history = await wallet.getTxHistory({ token_id: "00" });
      if (Number(unlocked) === amount && wallet.isReady()) {
        return history.map(({ txId, balance, voided }) => [txId, Number(balance), voided]);
      }
      await moment();
    }
  };
  const firstBlock = async (id) => (await wallet.getFullTxById(id)).meta.first_block;

  const told = {};
  const first = await pay(1_000);
  await known(1_000);
  const { blocks: [block] } = await tell("mine");
  const { id } = await tell("snapshots");
  told.confirmed = [await known(1_000), await firstBlock(first) === block];
  const { replaced } = await tell("reorg", { depth: 1 });
  told.reorganised = [await known(1_000), replaced[0] === block, await firstBlock(first)];
  const second = await pay(500);
  await known(1_500);
  await tell("double-spend", { id: second });
  told.spentTwice = [await known(1_000)];
  const third = await pay(50);
  told.paidAgain = [await known(1_050)];
  await tell("revert", { id });
  told.wentBack = [await known(1_000), await firstBlock(first) === block];
  const fourth = await pay(7);
  told.goesOn = [await known(1_007)];
  told.ids = [first, second, third, fourth];
  await wallet.stop();
  return told;
}

run(main);
