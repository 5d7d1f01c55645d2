// A wallet of the well-known genesis words at a gateway, while the node behind it is killed and
// started, and then the gateway. It asks the test to do that, and prints what it knows in between.
const { config } = require("@hathor/wallet-lib");
const { begin, heard, pinCode, run } = require("./hathor_begin.cjs");

const [, , node, mining, control] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);

async function tell(what) {
  const response = await fetch(`${control}/${what}`, { method: "POST" });
  if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A wallet that has read its history by a kind of stream. */
function beginBy(mode) {
  return begin({ network: "privatenet", servers: [node] }, {}, (wallet) => {
    if (mode !== undefined) wallet.setHistorySyncMode(mode);
  });
}

async function knows(wallet) {
  const [{ balance: { unlocked, locked } }] = await wallet.getBalance("00");
  const history = await wallet.getTxHistory({ token_id: "00" });
  return { amount: unlocked + locked, history: history.map(({ txId }) => txId) };
}

/** Sends, and waits until the wallet itself has heard of it. */
async function send(wallet, index, amount) {
  const own = await wallet.getAddressAtIndex(index);
  return await heard(wallet, wallet.sendTransaction(own, amount, { pinCode }));
}

async function main() {
  const wallet = await beginBy("xpub-stream-ws");
  const told = { sent: [await send(wallet, 5, 1000n)] };
  await tell("kill-node");
  told.away = await knows(wallet);
  told.refused = await send(wallet, 6, 10n).then(() => "sent", (error) => error.message);
  const others = await Promise.all([beginBy(), beginBy("manual-stream-ws")]);
  told.others = await Promise.all(others.map(knows));
  await Promise.all(others.map((other) => other.stop()));
  await tell("start-node");
  told.sent.push(await send(wallet, 7, 20n));
  await tell("kill-gateway");
  await tell("start-gateway");
  while (!wallet.isReady()) await moment();
  told.sent.push(await send(wallet, 8, 30n));
  told.after = await knows(wallet);
  return told;
}

run(main);
