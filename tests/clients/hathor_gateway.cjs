// A wallet of the well-known genesis words at a gateway, while the node behind it is killed and
// started, and then the gateway. It asks the test to do that, and prints what it knows in between.
const { config, Connection, HathorWallet } = require("@hathor/wallet-lib");

const SEED = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const READY = 3;
const pinCode = "1234";

const [, , node, mining, control] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);

async function tell(what) {
  const response = await fetch(`${control}/${what}`, { method: "POST" });
  if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A wallet that has read its history. */
async function begin(mode) {
  const connection = new Connection({ network: "privatenet", servers: [node] });
  const wallet = new HathorWallet({ seed: SEED, connection, password: "secret", pinCode });
  if (mode !== undefined) wallet.setHistorySyncMode(mode);
  const ready = new Promise((resolve) =>
    wallet.on("state", (state) => state === READY && resolve())
  );
  await wallet.start();
  await ready;
  return wallet;
}

async function knows(wallet) {
  const [{ balance: { unlocked, locked } }] = await wallet.getBalance("00");
  const history = await wallet.getTxHistory({ token_id: "00" });
  return { amount: unlocked + locked, history: history.map(({ txId }) => txId) };
}

/** Sends, and waits until the wallet itself has heard of it. */
async function send(wallet, index, amount) {
  const own = await wallet.getAddressAtIndex(index);
  const { hash } = await wallet.sendTransaction(own, amount, { pinCode });
  while ((await wallet.getTx(hash))?.processingStatus !== "finished") await moment();
  return hash;
}

async function main() {
  const wallet = await begin("xpub-stream-ws");
  const told = { sent: [await send(wallet, 5, 1000n)] };
  await tell("kill-node");
  told.away = await knows(wallet);
  told.refused = await send(wallet, 6, 10n).then(() => "sent", (error) => error.message);
  const others = await Promise.all([begin(), begin("manual-stream-ws")]);
  told.others = await Promise.all(others.map(knows));
  await Promise.all(others.map((other) => other.stop()));
  await tell("start-node");
  told.sent.push(await send(wallet, 7, 20n));
  await tell("kill-gateway");
  await tell("start-gateway");
  while (!wallet.isReady()) await moment();
  told.sent.push(await send(wallet, 8, 30n));
  told.after = await knows(wallet);
  const text = JSON.stringify(
    told,
    (_, value) => typeof value === "bigint" ? Number(value) : value,
  );
  process.stdout.write(`${text}\n`);
}

// The library keeps timers of its own.
main().then(() => process.exit(0), (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
