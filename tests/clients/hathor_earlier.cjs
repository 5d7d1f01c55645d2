// Wallets of an @hathor/wallet-lib that shipped applications use, as hathor-wallet-headless' own
// tests have them: one creates a token of the largest amount, and two share their coins, which they
// propose, sign and send together. Prints what they then know.
const {
  config,
  constants,
  SendTransaction,
  transactionUtils,
  txApi,
  walletUtils,
} = require("@hathor/wallet-lib");
const { begin, heard, pinCode, run } = require("./hathor_begin.cjs");

const SHARED = [
  "upon tennis increase embark dismiss diamond monitor face magnet jungle scout salute rural " +
  "master shoulder cry juice jeans radar present close meat antenna mind",
  "sample garment fun depart various renew require surge service undo cinnamon squeeze hundred " +
  "nasty gasp ridge surge defense relax turtle wet antique october occur",
];
const LARGEST = 2n ** 63n;

const [, , node, mining, network] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);

const where = { network, servers: [node] };

/** Waits until all of some wallets have heard of a transaction. */
async function heardBy(wallets, sending) {
  for (const wallet of wallets) await heard(wallet, sending);
  return (await sending).hash;
}

async function amount(wallet, token) {
  const [{ balance: { unlocked, locked } }] = await wallet.getBalance(token);
  return unlocked + locked;
}

/** Signs a proposal by all who share the coins, and sends it. */
async function signed(wallets, hex) {
  const [first] = wallets;
  const signatures = await Promise.all(
    wallets.map((wallet) => wallet.getAllSignatures(hex, pinCode)),
  );
  const transaction = await first.assemblePartialTransaction(hex, signatures);
  transaction.prepareToSend();
  const sending = new SendTransaction({ storage: first.storage, transaction });
  return await heardBy(wallets, sending.runFromMining());
}

/** A proposal to pay. */
async function proposal(wallet, outputs) {
  const sending = new SendTransaction({ storage: wallet.storage, outputs, inputs: [] });
  const data = await sending.prepareTxData();
  data.version = constants.DEFAULT_TX_VERSION;
  return transactionUtils.createTransactionFromData(data, wallet.getNetworkObject()).toHex();
}

function decoded(hex) {
  return new Promise((resolve) => txApi.decodeTx(hex, resolve));
}

async function main() {
  const rich = await begin(where);
  const before = await amount(rich, "00");
  const large = await heard(rich, rich.createNewToken("Large", "LRG", LARGEST, { pinCode }));
  const deposit = before - await amount(rich, "00");

  const pubkeys = SHARED.map((words) => walletUtils.getMultiSigXPubFromWords(words));
  const multisig = { pubkeys, numSignatures: 2 };
  const wallets = await Promise.all(SHARED.map((seed) => begin(where, { seed, multisig })));
  const [first] = wallets;
  const address = await first.getAddressAtIndex(0);
  await heardBy([rich, ...wallets], rich.sendTransaction(address, 1000n, { pinCode }));
  const own = await rich.getAddressAtIndex(3);
  const hex = await proposal(first, [{ address: own, value: 60n, token: "00" }]);
  const shown = await decoded(hex);
  await signed(wallets, hex);
  const creation = await first.prepareCreateNewToken("Shared", "SHR", 500n, {
    address,
    signTx: false,
  });
  const token = await signed(wallets, creation.toHex());
  const mint = await first.prepareMintTokensData(token, 100n, { signTx: false });
  await signed(wallets, mint.toHex());
  return {
    large: await amount(rich, large),
    deposit,
    shown: [shown.success, shown.tx?.outputs.length],
    shared: await Promise.all(wallets.map(async (wallet) => [
      await amount(wallet, "00"),
      await amount(wallet, token),
    ])),
  };
}

run(main, String);
