// Wallets of an @hathor/wallet-lib that shipped applications use, as hathor-wallet-headless' own
// tests have them: one creates a token of the largest amount, and two share their coins, which they
// propose, sign and send together. Prints what they then know.
const {
  config,
  Connection,
  constants,
  HathorWallet,
  SendTransaction,
  transactionUtils,
  txApi,
  walletUtils,
} = require("@hathor/wallet-lib");

const GENESIS = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const SHARED = [
  "upon tennis increase embark dismiss diamond monitor face magnet jungle scout salute rural " +
  "master shoulder cry juice jeans radar present close meat antenna mind",
  "sample garment fun depart various renew require surge service undo cinnamon squeeze hundred " +
  "nasty gasp ridge surge defense relax turtle wet antique october occur",
];
const READY = 3;
const pinCode = "1234";
const LARGEST = 2n ** 63n;

const [, , node, mining, network] = process.argv;
config.setServerUrl(node);
config.setTxMiningUrl(mining);

/** A wallet that has read its history. */
async function begin(options) {
  const connection = new Connection({ network, servers: [node] });
  const wallet = new HathorWallet({ connection, password: "secret", pinCode, ...options });
  const ready = new Promise((resolve) =>
    wallet.on("state", (state) => {
      if (state === READY) resolve();
    })
  );
  await wallet.start();
  await ready;
  return wallet;
}

/** Waits until wallets have heard of a transaction. */
async function heard(wallets, sending) {
  const { hash } = await sending;
  for (const wallet of wallets) {
    while ((await wallet.getTx(hash))?.processingStatus !== "finished") {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  return hash;
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
  return await heard(wallets, sending.runFromMining());
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
  const rich = await begin({ seed: GENESIS });
  const before = await amount(rich, "00");
  const large = await heard([rich], rich.createNewToken("Large", "LRG", LARGEST, { pinCode }));
  const deposit = before - await amount(rich, "00");

  const pubkeys = SHARED.map((words) => walletUtils.getMultiSigXPubFromWords(words));
  const multisig = { pubkeys, numSignatures: 2 };
  const wallets = await Promise.all(SHARED.map((seed) => begin({ seed, multisig })));
  const [first] = wallets;
  const address = await first.getAddressAtIndex(0);
  await heard([rich, ...wallets], rich.sendTransaction(address, 1000n, { pinCode }));
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
  const told = {
    large: await amount(rich, large),
    deposit,
    shown: [shown.success, shown.tx?.outputs.length],
    shared: await Promise.all(wallets.map(async (wallet) => [
      await amount(wallet, "00"),
      await amount(wallet, token),
    ])),
  };
  const text = JSON.stringify(told, (_, value) => typeof value === "bigint" ? `${value}` : value);
  process.stdout.write(`${text}\n`);
}

// The library keeps timers of its own.
main().then(() => process.exit(0), (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
