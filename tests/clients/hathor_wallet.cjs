// A wallet of the well-known genesis words, with @hathor/wallet-lib as its users have it: it starts,
// sends, creates, mints and melts a token, and prints what it then knows.
const { config, Connection, HathorWallet } = require("@hathor/wallet-lib");

const SEED = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const READY = 3;
const pinCode = "1234";

const [, , node, mining] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);
const connection = new Connection({ network: "privatenet", servers: [node] });
const wallet = new HathorWallet({ seed: SEED, connection, password: "secret", pinCode });
const sent = [];

/** Waits until the wallet itself has heard of a transaction. */
async function heard(sending) {
  const { hash } = await sending;
  sent.push(hash);
  while ((await wallet.getTx(hash))?.processingStatus !== "finished") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return hash;
}

async function balance(token) {
  const [{ balance: { unlocked, locked }, tokenAuthorities }] = await wallet.getBalance(token);
  const { mint, melt } = tokenAuthorities.unlocked;
  return { amount: unlocked + locked, mint, melt };
}

async function main() {
  const ready = new Promise((resolve) =>
    wallet.on("state", (state) => {
      if (state === READY) resolve();
    })
  );
  await wallet.start();
  await ready;
  const before = await balance("00");
  const own = await wallet.getAddressAtIndex(5);
  await heard(wallet.sendTransaction(own, 1000n, { pinCode }));
  const token = await heard(wallet.createNewToken("Wallet Coin", "WLC", 10000n, { pinCode }));
  await heard(wallet.mintTokens(token, 500n, { pinCode }));
  await heard(wallet.meltTokens(token, 200n, { pinCode }));
  const other = "WYBwT3xLpDnHNtYZiU52oanupVeDKhAvNp";
  await heard(wallet.sendTransaction(other, 25n, { pinCode, token }));
  const told = {
    sent,
    before,
    after: await balance("00"),
    token: await balance(token),
    history: (await wallet.getTxHistory({ token_id: token })).map(({ txId, balance }) => [
      txId,
      balance,
    ]),
    details: await wallet.getTokenDetails(token),
    full: await wallet.getFullTxById(sent[0]),
    confirmation: await wallet.getTxConfirmationData(sent[0]),
  };
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
