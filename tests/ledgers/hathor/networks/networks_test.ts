import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "node:path";
import { z } from "zod";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import {
  activeFeatures,
  mempoolFeatures,
} from "../../../../src/ledgers/hathor/networks/features.ts";
import { assertGenesis, genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { isGenesis, type Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import {
  inTestMode,
  readNetworkSettings,
} from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import {
  DEFAULT_NETWORK,
  SHIPPED_NETWORKS,
} from "../../../../src/ledgers/hathor/networks/shipped.ts";
import { depositFor, withdrawalFor } from "../../../../src/ledgers/hathor/rules/fees.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { withFolder } from "../../../support/server.ts";
import { EARLIER_PRIVATE_NETWORK } from "../support/earlier_network.ts";
import { networkOf, readVectors } from "../support/vectors.ts";

const genesisVector = z.object({ hex: z.string(), hash: z.string() });
const { networks } = readVectors(
  "hathor.json",
  z.object({
    networks: z.record(
      z.string(),
      z.object({
        genesis_block: genesisVector,
        genesis_tx1: genesisVector,
        genesis_tx2: genesisVector,
        settings: z.record(z.string(), z.union([z.number(), z.boolean()])),
      }),
    ),
  }),
);

Deno.test("privatenet is what runs where nothing is said", () => {
  assertEquals(DEFAULT_NETWORK, "privatenet");
  assertEquals(SHIPPED_NETWORKS[0], "privatenet");
});

for (const name of SHIPPED_NETWORKS) {
  Deno.test(`the genesis of ${name} has the hashes it is known by`, () => {
    const network = networkOf(name);
    assertGenesis(network);
    const { block, tx1, tx2 } = genesisOf(network);
    for (const { hash } of [block, tx1, tx2]) assertEquals(isGenesis(network, hash), true);
    assertEquals(isGenesis(network, "00".repeat(32)), false);
    const vectors = networks[name];
    if (vectors === undefined) return;
    assertEquals(encodeVertex(block).toHex(), vectors.genesis_block.hex);
    assertEquals(encodeVertex(tx1).toHex(), vectors.genesis_tx1.hex);
    assertEquals(encodeVertex(tx2).toHex(), vectors.genesis_tx2.hex);
  });
}

for (const [name, { settings }] of Object.entries(networks)) {
  Deno.test(`the settings of ${name} are those of the running node`, () => {
    const network = networkOf(name);
    assertEquals({
      MIN_BLOCK_WEIGHT: network.minBlockWeight,
      MIN_TX_WEIGHT: network.minTxWeight,
      MIN_TX_WEIGHT_COEFFICIENT: network.minTxWeightCoefficient,
      MIN_TX_WEIGHT_K: network.minTxWeightK,
      AVG_TIME_BETWEEN_BLOCKS: network.averageBlockTime,
      REDUCED_AVG_TIME_BETWEEN_BLOCKS_10X: network.reducedAverageBlockTime * 10,
      BLOCK_DIFFICULTY_N_BLOCKS: network.difficultyBlocks,
      MAX_DISTANCE_BETWEEN_BLOCKS: network.maxDistanceBetweenBlocks,
      WEIGHT_DECAY_ENABLED: network.isWeightDecayEnabled,
      WEIGHT_DECAY_ACTIVATE_DISTANCE: network.weightDecayActivateDistance,
      WEIGHT_DECAY_WINDOW_SIZE: network.weightDecayWindowSize,
      WEIGHT_DECAY_AMOUNT: network.weightDecayAmount,
      BLOCKS_PER_HALVING: network.blocksPerHalving ?? 0,
      INITIAL_TOKEN_ATOMIC_UNITS_PER_BLOCK: Number(network.initialReward),
      MINIMUM_TOKEN_ATOMIC_UNITS_PER_BLOCK: Number(network.minimumReward),
      REWARD_SPEND_MIN_BLOCKS: network.rewardSpendMinBlocks,
      MAX_NUM_INPUTS: network.maxInputs,
      MAX_NUM_OUTPUTS: network.maxOutputs,
      MAX_OUTPUT_SCRIPT_SIZE: network.maxOutputScriptSize,
      MAX_INPUT_DATA_SIZE: network.maxInputDataSize,
      BLOCK_DATA_MAX_SIZE: network.maxBlockDataSize,
      MAX_FUTURE_TIMESTAMP_ALLOWED: network.maxFutureTimestamp,
      MAX_SERIALIZED_VERTEX_SIZE: network.maxVertexSize,
      MAX_TX_WEIGHT_DIFF: network.maxTxWeightDiff,
      MAX_TX_WEIGHT_DIFF_ACTIVATION: network.maxTxWeightDiffActivation,
      WEIGHT_TOL: network.weightTolerance,
      MAX_TX_ADDRESSES_HISTORY: network.maxHistoryTransactions,
      MAX_INPUTS_OUTPUTS_ADDRESS_HISTORY: network.maxHistoryElements,
    }, settings);
  });
}

const PRIVATE_FILE = `
P2PKH_VERSION_BYTE: x49
MULTISIG_VERSION_BYTE: x87
NETWORK_NAME: privatenet
BOOTSTRAP_DNS: []
GENESIS_OUTPUT_SCRIPT: 76a91466665b27f7dbc4c8c089d2f686c170c74d66f0b588ac
GENESIS_BLOCK_TIMESTAMP: 1643902665
GENESIS_BLOCK_NONCE: 4784939
GENESIS_BLOCK_HASH: 00000334a21fbb58b4db8d7ff282d018e03e2977abd3004cf378fb1d677c3967
GENESIS_TX1_NONCE: 0
GENESIS_TX1_HASH: 54165cef1fd4cf2240d702b8383c307c822c16ca407f78014bdefa189a7571c2
GENESIS_TX2_NONCE: 0
GENESIS_TX2_HASH: 039906854ce6309b3180945f2a23deb9edff369753f7082e19053f5ac11bfbae
MIN_TX_WEIGHT_K: 0
MIN_TX_WEIGHT_COEFFICIENT: 0
MIN_TX_WEIGHT: 1 # one
REWARD_SPEND_MIN_BLOCKS: 1
CHECKPOINTS: []
ENABLE_NANO_CONTRACTS: 'enabled'
NC_ON_CHAIN_BLUEPRINT_RESTRICTED: false
`;

/** What files come to, of which the first is read. */
function networkOfFiles(files: Readonly<Record<string, string>>): Promise<Network> {
  const [first = ""] = Object.keys(files);
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    return await readNetworkSettings(join(folder, first));
  });
}

function networkOfFile(text: string): Promise<Network> {
  return networkOfFiles({ "mine.yml": text });
}

Deno.test("the original's own settings file is read as it is", async () => {
  assertEquals(await networkOfFile(PRIVATE_FILE), networkOf("privatenet"));
});

Deno.test("a settings file may say only what it changes, in YAML or in JSON", async () => {
  const base = networkOf("privatenet");
  const yaml = await networkOfFile("extends: privatenet\nREWARD_SPEND_MIN_BLOCKS: 1_000\n");
  assertEquals(yaml, { ...base, rewardSpendMinBlocks: 1000 });
  const json = JSON.stringify({ extends: "mainnet", CHECKPOINTS: { "5": "ab".repeat(32) } });
  assertEquals((await networkOfFile(json)).checkpoints.get(5), "ab".repeat(32));
});

Deno.test("a settings file extends one of the original by its name, or one beside it", async () => {
  assertEquals(await networkOfFile("extends: mainnet.yml"), networkOf("mainnet"));
  assertEquals(await networkOfFile("extends: localnet.yml"), networkOf("privatenet"));
  assertEquals(await networkOfFile("extends: testnet.yml"), networkOf("testnet-india"));
  const { rewardSpendMinBlocks, maxInputs } = await networkOfFiles({
    "one.yml": "extends: more/two.yml\nREWARD_SPEND_MIN_BLOCKS: 7",
    "more/two.yml": "extends: ./mainnet.yml\nREWARD_SPEND_MIN_BLOCKS: 8\nMAX_NUM_INPUTS: 9",
    "more/mainnet.yml": "extends: privatenet",
  });
  assertEquals([rewardSpendMinBlocks, maxInputs], [7, 9]);
});

Deno.test("mappings of a file are merged with those that it extends, and lists are not", async () => {
  const text = "extends: mainnet.yml\nFEATURE_ACTIVATION: {default_threshold: 5}\n" +
    `SOFT_VOIDED_TX_IDS: ["${"ab".repeat(32)}"]`;
  const { featureActivation, softVoided } = await networkOfFile(text);
  const base = networkOf("mainnet").featureActivation;
  assertEquals(featureActivation, { ...base, defaultThreshold: 5 });
  assertEquals([...softVoided], ["ab".repeat(32)]);
});

Deno.test("names that the original does not know are passed over, as it passes over them", async () => {
  const text = "extends: privatenet\nGENESIS_MONEY: 5\nREWARD_SPEND_MIN_BLOCKS: 4";
  const expected = { ...networkOf("privatenet"), rewardSpendMinBlocks: 4 };
  assertEquals(await networkOfFile(text), expected);
});

Deno.test("a setting may have the name that it had for earlier versions of the original", async () => {
  const network = await networkOfFiles({
    "mine.yml": "extends: base.yml\nFEE_PER_OUTPUT: 3\nTOKEN_DEPOSIT_PERCENTAGE: 0.02",
    "base.yml": "extends: privatenet\nINITIAL_TOKEN_UNITS_PER_BLOCK: 32\nFEE_PER_OUTPUT_V1: 2\n" +
      "MINIMUM_TOKEN_UNITS_PER_BLOCK: 16\nDECIMAL_PLACES: 2",
  });
  assertEquals([network.feePerOutput, network.initialReward], [3n, 3200n]);
  assertEquals([network.depositNumerator, network.depositDenominator], [1n, 50n]);
  const earlier = await networkOfFile(EARLIER_PRIVATE_NETWORK);
  assertEquals(earlier.genesis.amount, 9223372036854775800n);
  // Those versions reckoned deposits in doubles, and wallets of the time do.
  const most = 2n ** 63n;
  assertEquals(depositFor(earlier, most), 92233720368547760n);
  assertEquals(withdrawalFor(earlier, most - 1n), 92233720368547760n);
  const today = networkOf("privatenet");
  assertEquals(depositFor(today, most), 92233720368547759n);
  assertEquals(withdrawalFor(today, most - 1n), 92233720368547758n);
});

Deno.test("whole numbers of a settings file are exact, whatever their size", async () => {
  const text = "extends: privatenet\nFEE_PER_OUTPUT_V1: 9007199254740993\n" +
    "INITIAL_TOKEN_MAIN_UNITS_PER_BLOCK: 92233720368547759\n" +
    "TOKEN_DEPOSIT_PERCENTAGE_DENOMINATOR: 123456789012345678901234567890";
  const network = await networkOfFile(text);
  assertEquals(network.feePerOutput, 9007199254740993n);
  assertEquals(network.initialReward, 9223372036854775900n);
  assertEquals(network.depositDenominator, 123456789012345678901234567890n);
});

Deno.test("a settings file that makes no sense is refused with what is wrong", async () => {
  for (
    const [file, reason] of [
      ["[]", "it is not a mapping"],
      ["a: [", "Hathor network settings: "],
      ["extends: nowhere", "and none of mainnet.yml"],
      ["extends: mine.yml", "extend one another"],
      ["extends: [mainnet.yml]", "extends names a file"],
      ["extends: privatenet\nMIN_TX_WEIGHT: heavy", "MIN_TX_WEIGHT"],
      ["extends: privatenet\nTOKEN_DEPOSIT_PERCENTAGE: much", "TOKEN_DEPOSIT_PERCENTAGE"],
      ["extends: privatenet\nTOKEN_DEPOSIT_PERCENTAGE: 0.03", "TOKEN_DEPOSIT_PERCENTAGE"],
      ["extends: privatenet\nMIN_TX_WEIGHT: 3", "GENESIS_TX1_HASH is 54165cef"],
      ["extends: privatenet\nGENESIS_TX1_HASH: 12", "quote it"],
      ["extends: privatenet\nCONSENSUS_ALGORITHM: {type: PROOF_OF_AUTHORITY}", "PROOF_OF_WORK"],
    ] as const
  ) {
    const error = await assertRejects(() => networkOfFile(file), LedgerError, reason);
    assertEquals(error.code, "config_invalid");
  }
});

Deno.test("in test mode a network that others keep is one of its own", () => {
  const none = { transactions: false, blocks: false };
  const testMode = { transactions: true, blocks: false };
  const mainnet = networkOf("mainnet");
  assertEquals([mainnet.isShared, networkOf("privatenet").isShared], [true, false]);
  assertEquals(inTestMode(mainnet, none), mainnet);
  assertEquals(inTestMode(mainnet, testMode), { ...mainnet, testMode, isShared: false });
});

Deno.test("a feature is active by the settings, or by what miners signalled", () => {
  const { features } = networkOf("mainnet");
  assertEquals(activeFeatures(features).NANO_CONTRACTS, false);
  const active = activeFeatures(features, (name) => name === "NANO_CONTRACTS");
  assertEquals([active.NANO_CONTRACTS, active.FEE_TOKENS], [true, false]);
  assertEquals(activeFeatures(features, () => true).SHIELDED_TRANSACTIONS, false);
  const fresh = mempoolFeatures(active);
  assertEquals([fresh.OPCODES_V2, fresh.COUNT_CHECKDATASIG_OP, fresh.FEE_TOKENS], [
    true,
    true,
    false,
  ]);
  assertEquals(activeFeatures(networkOf("privatenet").features).NANO_CONTRACTS, true);
});
