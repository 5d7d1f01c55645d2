import { assert, assertEquals } from "@std/assert";
import { base58Decode } from "../../src/crypto/base58.ts";
import { verifyEd25519 } from "../../src/crypto/ed25519.ts";
import { genesisAccounts, isGenesisOfWords } from "../../src/ledgers/hathor/dev/accounts.ts";
import { shippedNetwork } from "../../src/ledgers/hathor/networks/shipped.ts";
import { knownKeys } from "../../src/ledgers/shared_bigchaindb/dev/accounts.ts";
import { createPrivateKey, sign } from "node:crypto";
import { Buffer } from "node:buffer";

Deno.test("the accounts of Hathor are those of wallets, and the second has the genesis", async () => {
  const network = shippedNetwork("privatenet");
  assert(network !== undefined && isGenesisOfWords(network));
  const { words, accounts } = await genesisAccounts(network, { get: () => undefined });
  assertEquals([words.split(" ").length, accounts.length], [24, 10]);
  assert(accounts[0]?.address.startsWith("WPhehTyN"));
  assertEquals(accounts.map(({ holds }) => holds).filter((holds) => holds !== undefined), [
    accounts[1]?.holds,
  ]);
  assertEquals(accounts[1]?.address, "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6");
  assertEquals(accounts[1]?.holds, "1,000,000,000.00 HTR from the genesis");
  const other = shippedNetwork("mainnet");
  assert(other !== undefined && !isGenesisOfWords(other));
});

Deno.test("the keys of the words are pairs, each another", async () => {
  const { accounts } = await knownKeys(() => Promise.resolve("none"));
  assertEquals(new Set(accounts.map(({ address }) => address)).size, 10);
  const message = new TextEncoder().encode("a message");
  for (const { publicKey, privateKey } of accounts) {
    const der = [
      ...Uint8Array.fromHex("302e020100300506032b657004220420"),
      ...base58Decode(privateKey),
    ];
    const key = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
    const signature = new Uint8Array(sign(null, message, key));
    assert(verifyEd25519(base58Decode(publicKey), message, signature));
  }
});
