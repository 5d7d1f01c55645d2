import type { SettingsFile } from "./settings_schema.ts";

/** The test network of nano contracts that is called Bravo. */
export const NANO_TESTNET_BRAVO: SettingsFile = {
  P2PKH_VERSION_BYTE: "x49",
  MULTISIG_VERSION_BYTE: "x87",
  NETWORK_NAME: "nano-testnet-bravo",
  BOOTSTRAP_DNS: ["bravo.nano-testnet.hathor.network"],
  GENESIS_OUTPUT_SCRIPT: "76a91478e804bf8aa68332c6c1ada274ac598178b972bf88ac",
  GENESIS_BLOCK_TIMESTAMP: 1_750_978_888,
  GENESIS_BLOCK_NONCE: 896_384,
  GENESIS_BLOCK_HASH: "000003076f294c2c93d8cc48f68b6c93087361ca78c54faa91daaffde84ba916",
  GENESIS_TX1_NONCE: 16,
  GENESIS_TX1_HASH: "001c9a3e8810bc3389b0fd3cfb118e9190f95bd5bf313a9575a4663d0a80af2d",
  GENESIS_TX2_NONCE: 154,
  GENESIS_TX2_HASH: "002fecfce5e78047f9b967a27b1b2436c3fea17e24c770d59421bacdcadda0ea",
  MIN_TX_WEIGHT_K: 0,
  MIN_TX_WEIGHT_COEFFICIENT: 0,
  MIN_TX_WEIGHT: 8,
  ENABLE_NANO_CONTRACTS: "enabled",
};
