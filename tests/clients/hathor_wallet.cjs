// A wallet of the well-known genesis words, with @hathor/wallet-lib as its users have it: it starts,
// sends, creates, mints and melts a token, and prints what it then knows. Then the same wallet begins
// anew by each kind of stream, and prints what it has from that.
const { config } = require("@hathor/wallet-lib");
const { begin, heard, pinCode, run } = require("./hathor_begin.cjs");

const [, , node, mining] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);

/** A wallet that has read its history, and how many streams that took. */
async function counted(mode, options = {}) {
  let streams = 0;
  const where = { network: "privatenet", servers: [node], ...options };
  const wallet = await begin(where, {}, (made) => {
    if (mode !== undefined) made.setHistorySyncMode(mode);
    made.conn.on("stream-end", () => streams++);
  });
  return { wallet, streams };
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
  const { wallet, streams } = await counted(mode, options);
  const known = await knows(wallet, token);
  const own = await wallet.getAddressAtIndex(5);
  await heard(wallet, wallet.sendTransaction(own, 10n, { pinCode, token }));
  const after = await knows(wallet, token);
  await wallet.stop();
  return { streams, known, after };
}

async function main() {
  const { wallet, streams } = await counted();
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
  return {
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
}

run(main);
