// A wallet of the well-known genesis words, with @hathor/wallet-lib as its users have it: it starts,
// sends, creates, mints and melts a token, and prints what it then knows. Then the same wallet begins
// anew by each kind of stream, and prints what it has from that.
const { config, Connection, HathorWallet } = require("@hathor/wallet-lib");

const SEED = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const READY = 3;
const pinCode = "1234";

const [, , node, mining] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);

/** A wallet that has read its history, and how many streams that took. */
async function begin(mode, options = {}) {
  const connection = new Connection({ network: "privatenet", servers: [node], ...options });
  const wallet = new HathorWallet({ seed: SEED, connection, password: "secret", pinCode });
  if (mode !== undefined) wallet.setHistorySyncMode(mode);
  let streams = 0;
  connection.on("stream-end", () => streams++);
  const ready = new Promise((resolve) =>
    wallet.on("state", (state) => {
      if (state === READY) resolve();
    })
  );
  await wallet.start();
  await ready;
  return { wallet, streams };
}

/** Waits until the wallet itself has heard of a transaction. */
async function heard(wallet, sending) {
  const { hash } = await sending;
  while ((await wallet.getTx(hash))?.processingStatus !== "finished") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return hash;
}

async function balance(wallet, token) {
  const [{ balance: { unlocked, locked }, tokenAuthorities }] = await wallet.getBalance(token);
  const { mint, melt } = tokenAuthorities.unlocked;
  return { amount: unlocked + locked, mint, melt };
}

/** What a wallet has of a token, and of all else. */
async function knows(wallet, token) {
  const history = await wallet.getTxHistory({ token_id: token });
  return {
    after: await balance(wallet, "00"),
    token: await balance(wallet, token),
    history: history.map(({ txId, balance }) => [txId, balance]),
  };
}

/** What a wallet knows from a stream, and that it goes on to hear of what happens. */
async function streamed(token, mode, options) {
  const { wallet, streams } = await begin(mode, options);
  const known = await knows(wallet, token);
  const own = await wallet.getAddressAtIndex(5);
  await heard(wallet, wallet.sendTransaction(own, 10n, { pinCode, token }));
  const after = await knows(wallet, token);
  await wallet.stop();
  return { streams, known, after };
}

async function main() {
  const { wallet, streams } = await begin();
  const before = await balance(wallet, "00");
  const own = await wallet.getAddressAtIndex(5);
  const sent = [await heard(wallet, wallet.sendTransaction(own, 1000n, { pinCode }))];
  const creation = wallet.createNewToken("Wallet Coin", "WLC", 10000n, { pinCode });
  const token = await heard(wallet, creation);
  sent.push(token);
  sent.push(await heard(wallet, wallet.mintTokens(token, 500n, { pinCode })));
  sent.push(await heard(wallet, wallet.meltTokens(token, 200n, { pinCode })));
  const other = "WYBwT3xLpDnHNtYZiU52oanupVeDKhAvNp";
  sent.push(await heard(wallet, wallet.sendTransaction(other, 25n, { pinCode, token })));
  const told = {
    sent,
    before,
    streams,
    ...await knows(wallet, token),
    details: await wallet.getTokenDetails(token),
    full: await wallet.getFullTxById(sent[0]),
    confirmation: await wallet.getTxConfirmationData(sent[0]),
    byKey: await streamed(token, "xpub-stream-ws"),
    byAddresses: await streamed(token, "manual-stream-ws"),
    byWindow: await streamed(token, "xpub-stream-ws", { streamWindowSize: 10 }),
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
