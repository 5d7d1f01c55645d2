// What all scripts with @hathor/wallet-lib begin and end with.
const { Connection, HathorWallet } = require("@hathor/wallet-lib");

/** The well-known words that own the genesis of a private network. */
const GENESIS = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const READY = 3;
const pinCode = "1234";

/**
 * A wallet that has read its history.
 *
 * @param connection where it listens
 * @param options of the wallet itself: other words, or who shares its coins
 * @param prepare is given the wallet before it starts
 */
async function begin(connection, options = {}, prepare = () => {}) {
  const wallet = new HathorWallet({
    seed: GENESIS,
    connection: new Connection(connection),
    password: "secret",
    pinCode,
    ...options,
  });
  prepare(wallet);
  const ready = new Promise((resolve) =>
    wallet.on("state", (state) => {
      if (state === READY) resolve();
    })
  );
  await wallet.start();
  await ready;
  return wallet;
}

/** Waits until the wallet itself has heard of a transaction. */
async function heard(wallet, sending) {
  const { hash } = await sending;
  while ((await wallet.getTx(hash))?.processingStatus !== "finished") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return hash;
}

/** Prints what a script tells, in JSON, and ends it: the library keeps timers of its own. */
function run(main, bigintOf = Number) {
  main().then((told) => {
    const text = JSON.stringify(
      told,
      (_, value) => typeof value === "bigint" ? bigintOf(value) : value,
    );
    process.stdout.write(`${text}\n`);
    process.exit(0);
  }, (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}

module.exports = { begin, heard, pinCode, run };
