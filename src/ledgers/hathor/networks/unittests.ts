import type { SettingsFile } from "./settings_schema.ts";

/** What the reference node's own tests run on: little weight, short intervals. */
export const UNITTESTS: SettingsFile = {
  P2PKH_VERSION_BYTE: "x28",
  MULTISIG_VERSION_BYTE: "x64",
  NETWORK_NAME: "unittests",
  NC_ON_CHAIN_BLUEPRINT_ALLOWED_ADDRESSES: ["HFwHrQHUftQ7obLj7xbQjG4ZEwvyVXeyoE"],
  BLOCKS_PER_HALVING: 120,
  MIN_BLOCK_WEIGHT: 2,
  MIN_TX_WEIGHT: 2,
  MAX_TX_WEIGHT_DIFF: 25.0,
  BLOCK_DIFFICULTY_N_BLOCKS: 20,
  GENESIS_OUTPUT_SCRIPT: "76a914d07bc82d6e0d1bb116614076645e9b87c8c83b4188ac",
  GENESIS_BLOCK_NONCE: 5,
  GENESIS_BLOCK_HASH: "2ebb3b8edcb72a7e46cc0efacfe1b109e2e9dd868a90fe0906968dc8fbbf6488",
  GENESIS_TX1_NONCE: 6,
  GENESIS_TX1_HASH: "16ba3dbe424c443e571b00840ca54b9ff4cff467e10b6a15536e718e2008f952",
  GENESIS_TX2_NONCE: 2,
  GENESIS_TX2_HASH: "33e14cb555a96967841dcbe0f95e9eab5810481d01de8f4f73afb8cce365e869",
  REWARD_SPEND_MIN_BLOCKS: 10,
  MAX_TX_WEIGHT_DIFF_ACTIVATION: 0.0,
  FEATURE_ACTIVATION: {
    evaluation_interval: 4,
    max_signal_bits: 4,
    default_threshold: 3,
  },
  ENABLE_NANO_CONTRACTS: "enabled",
  ENABLE_FEE_BASED_TOKENS: "enabled",
  ENABLE_SHIELDED_TRANSACTIONS: "disabled",
};
