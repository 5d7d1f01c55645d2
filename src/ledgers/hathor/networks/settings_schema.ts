import { z } from "zod";
import { FEATURE_NAMES } from "./features.ts";

const text = z.string("text (quote it where it is all digits)");
const hash = text.regex(/^[0-9a-f]{64}$/, "a hash of 64 hexadecimal digits");
const count = z.int().nonnegative();
/** Of any size, exactly. */
const whole = z.union([count, z.bigint().nonnegative()]).transform(BigInt);
const versionByte = text.regex(/^x?[0-9a-f]{2}$/i, "a byte such as x49");
const hex = text.regex(/^(?:[0-9a-f]{2})+$/i, "hexadecimal digits");
const featureSwitch = z.enum(["disabled", "enabled", "feature_activation"]);

const criteria = z.strictObject({
  bit: count,
  start_height: count,
  timeout_height: count,
  threshold: count.nullable().optional(),
  minimum_activation_height: count.default(0),
  lock_in_on_timeout: z.boolean().default(false),
  version: z.string(),
  signal_support_by_default: z.boolean().default(false),
});

const featureActivation = z.strictObject({
  evaluation_interval: count.min(1).default(20_160),
  max_signal_bits: count.min(1).max(8).default(4),
  default_threshold: count.default(18_144),
  features: z.partialRecord(z.enum(FEATURE_NAMES), criteria).default({}),
});

/**
 * A settings file of the reference node (hathor-core 0.72.0), by its own names and with its own
 * defaults. Names that mean nothing here are in {@linkcode IGNORED}; others are told and passed over.
 */
export const settingsSchema = z.strictObject({
  NETWORK_NAME: z.string().min(1).max(64),
  P2PKH_VERSION_BYTE: versionByte,
  MULTISIG_VERSION_BYTE: versionByte,
  /** Where other nodes of the network are found. */
  BOOTSTRAP_DNS: z.array(z.string()).default([]),
  NATIVE_TOKEN_NAME: z.string().default("Hathor"),
  NATIVE_TOKEN_SYMBOL: z.string().default("HTR"),
  MAX_LENGTH_TOKEN_NAME: count.default(30),
  MAX_LENGTH_TOKEN_SYMBOL: count.default(5),
  TOKEN_AMOUNT_V1_DECIMAL_PLACES: count.max(18).default(2),
  DISPLAY_DECIMAL_PLACES: count.max(18).default(2),
  TOKEN_DEPOSIT_PERCENTAGE_NUMERATOR: whole.refine((value) => value > 0n).prefault(10_000_000),
  TOKEN_DEPOSIT_PERCENTAGE_DENOMINATOR: whole.refine((value) => value > 0n).prefault(1_000_000_000),
  /** Not of the original: what {@linkcode EARLIER_NAMES} tell of the version of a file. */
  DEPOSIT_IN_DOUBLES: z.boolean().default(false),
  FEE_PER_OUTPUT_V1: whole.prefault(1),

  GENESIS_OUTPUT_SCRIPT: hex.default("76a914a584cf48b161e4a49223ed220df30037ab740e0088ac"),
  GENESIS_TOKEN_MAIN_UNITS: whole.prefault(1_000_000_000),
  GENESIS_BLOCK_TIMESTAMP: count.max(0xffff_ffff).default(1_572_636_343),
  GENESIS_BLOCK_NONCE: whole.prefault(3_526_202),
  GENESIS_BLOCK_HASH: hash,
  GENESIS_TX1_NONCE: count.max(0xffff_ffff).default(12_595),
  GENESIS_TX1_HASH: hash,
  GENESIS_TX2_NONCE: count.max(0xffff_ffff).default(21_301),
  GENESIS_TX2_HASH: hash,

  MIN_BLOCK_WEIGHT: count.default(21),
  MIN_TX_WEIGHT: count.default(14),
  MIN_TX_WEIGHT_COEFFICIENT: z.number().default(1.6),
  MIN_TX_WEIGHT_K: z.number().nonnegative().default(100),
  MAX_TX_WEIGHT_DIFF: z.number().default(4),
  MAX_TX_WEIGHT_DIFF_ACTIVATION: z.number().default(32),
  WEIGHT_TOL: z.number().default(1e-10),

  AVG_TIME_BETWEEN_BLOCKS: count.min(1).default(30),
  REDUCED_AVG_TIME_BETWEEN_BLOCKS_10X: count.min(1).default(75),
  BLOCK_DIFFICULTY_N_BLOCKS: count.min(1).default(134),
  MAX_DISTANCE_BETWEEN_BLOCKS: count.default(4500),
  WEIGHT_DECAY_ENABLED: z.boolean().default(true),
  WEIGHT_DECAY_ACTIVATE_DISTANCE: count.default(3600),
  WEIGHT_DECAY_WINDOW_SIZE: count.min(1).default(60),
  WEIGHT_DECAY_AMOUNT: z.number().default(2.73),

  BLOCKS_PER_HALVING: count.min(1).nullable().default(1_051_200),
  INITIAL_TOKEN_MAIN_UNITS_PER_BLOCK: whole.prefault(64),
  MINIMUM_TOKEN_MAIN_UNITS_PER_BLOCK: whole.prefault(8),
  REWARD_SPEND_MIN_BLOCKS: count.default(300),

  MAX_NUM_INPUTS: count.max(255).default(255),
  MAX_NUM_OUTPUTS: count.max(255).default(255),
  MAX_OUTPUT_SCRIPT_SIZE: count.default(1024),
  MAX_INPUT_DATA_SIZE: count.default(1024),
  BLOCK_DATA_MAX_SIZE: count.max(255).default(100),
  MAX_SERIALIZED_VERTEX_SIZE: count.max(48_000).default(48_000),
  MAX_FUTURE_TIMESTAMP_ALLOWED: count.default(300),
  MAX_MULTISIG_PUBKEYS: count.default(20),
  MAX_MULTISIG_SIGNATURES: count.default(15),
  MAX_TX_SIGOPS_INPUT: count.default(1275),
  MAX_TX_SIGOPS_OUTPUT: count.default(1275),
  OLD_MAX_MERKLE_PATH_LENGTH: count.default(12),
  NEW_MAX_MERKLE_PATH_LENGTH: count.default(20),
  PUSHTX_MAX_OUTPUT_SCRIPT_SIZE: count.default(256),
  MAX_DATA_SCRIPT_OUTPUTS: count.default(25),
  MAX_TX_ADDRESSES_HISTORY: count.default(150),
  MAX_INPUTS_OUTPUTS_ADDRESS_HISTORY: count.default(900),

  ENABLE_NANO_CONTRACTS: featureSwitch.default("disabled"),
  ENABLE_FEE_BASED_TOKENS: featureSwitch.default("disabled"),
  ENABLE_OPCODES_V2: featureSwitch.default("disabled"),
  ENABLE_DAA_V2: featureSwitch.default("disabled"),
  ENABLE_SHIELDED_TRANSACTIONS: featureSwitch.default("disabled"),
  RESTRICT_DUP_ACTIONS: featureSwitch.default("disabled"),
  NC_ON_CHAIN_BLUEPRINT_RESTRICTED: z.boolean().default(true),
  NC_ON_CHAIN_BLUEPRINT_ALLOWED_ADDRESSES: z.array(z.string()).default([]),
  /** Names of blueprints that are built in, by their ids. */
  BLUEPRINTS: z.record(hash, text).default({}),
  FEATURE_ACTIVATION: featureActivation.prefault({}),

  CHECKPOINTS: z.union([z.record(z.string().regex(/^\d+$/), hash), z.tuple([])]).default({}),
  SOFT_VOIDED_TX_IDS: z.array(hash).default([]),
  SKIP_VERIFICATION: z.array(hash).default([]),
  CONSENSUS_ALGORITHM: z.object({ type: z.literal("PROOF_OF_WORK") }).optional(),
});

/** A settings file before its defaults are filled in. */
export type SettingsFile = z.input<typeof settingsSchema>;
export type SettingsValues = z.output<typeof settingsSchema>;

/** Names that settings had for the reference node before 0.71, in files that are still about. */
export const EARLIER_NAMES: ReadonlyMap<string, keyof SettingsFile> = new Map([
  ["DECIMAL_PLACES", "TOKEN_AMOUNT_V1_DECIMAL_PLACES"],
  ["FEE_PER_OUTPUT", "FEE_PER_OUTPUT_V1"],
  ["GENESIS_TOKEN_UNITS", "GENESIS_TOKEN_MAIN_UNITS"],
  ["INITIAL_TOKEN_UNITS_PER_BLOCK", "INITIAL_TOKEN_MAIN_UNITS_PER_BLOCK"],
  ["MINIMUM_TOKEN_UNITS_PER_BLOCK", "MINIMUM_TOKEN_MAIN_UNITS_PER_BLOCK"],
]);

/** Names that a settings file may have for the reference node, and that mean nothing here. */
export const IGNORED: ReadonlySet<string> = new Set(
  `ENABLE_PEER_WHITELIST WHITELIST_URL WHITELIST_WARN_BLOCKED_PEERS MIN_SHARE_WEIGHT
  API_VERSION_PREFIX GENESIS_TOKENS USE_PEER_WHITELIST_ON_SYNC_V2 VERIFY_WEIGHT_EVERY_N_BLOCKS
  HATHOR_TOKEN_NAME HATHOR_TOKEN_SYMBOL TOKEN_AMOUNT_V2_DECIMAL_PLACES SLOW_ASSERTS
  NC_ON_CHAIN_BLUEPRINT_CODE_MAX_SIZE_UNCOMPRESSED NC_ON_CHAIN_BLUEPRINT_CODE_MAX_SIZE_COMPRESSED
  NC_INITIAL_FUEL_TO_LOAD_BLUEPRINT_MODULE NC_MEMORY_LIMIT_TO_LOAD_BLUEPRINT_MODULE
  NC_INITIAL_FUEL_TO_CALL_METHOD NC_MEMORY_LIMIT_TO_CALL_METHOD FEE_PER_AMOUNT_SHIELDED_OUTPUT
  FEE_PER_FULL_SHIELDED_OUTPUT STORAGE_SUBFOLDERS MAX_GRAPH_LEVEL P2P_SYNC_THRESHOLD
  P2P_RECENT_ACTIVITY_THRESHOLD_MULTIPLIER MAX_POW_THREADS MAX_DASHBOARD_COUNT MAX_TX_COUNT
  SEND_TOKENS_STRATUM STRATUM_MINE_TXS_DEFAULT WS_MAX_SUBS_ADDRS_CONN WS_MAX_SUBS_ADDRS_EMPTY
  P2P_SETTINGS_HASH_FIELDS PEER_CONNECTION_RETRY_INTERVAL_MULTIPLIER
  PEER_CONNECTION_RETRY_MAX_RETRY_INTERVAL PEER_MAX_CONNECTIONS P2P_PEER_MAX_INCOMING_CONNECTIONS
  P2P_PEER_MAX_OUTGOING_CONNECTIONS P2P_PEER_MAX_BOOTSTRAP_PEERS_CONNECTIONS PEER_IDLE_TIMEOUT
  PEER_MAX_ENTRYPOINTS CA_FILEPATH CA_KEY_FILEPATH GET_DATA_TIMEOUT GET_DATA_RETRIES
  MEMPOOL_API_TX_LIMIT WS_SEND_METRICS_INTERVAL PROMETHEUS_WRITE_INTERVAL
  PROMETHEUS_UPDATE_GC_INTERVAL METRICS_COLLECT_DATA_INTERVAL METRICS_COLLECT_ROCKSDB_DATA_INTERVAL
  MAX_ENABLED_SYNC SYNC_UPDATE_INTERVAL PEER_DISCOVERY_INTERVAL MAX_GET_TIPS_DELAYED_CALLS
  MAX_BEST_BLOCKCHAIN_BLOCKS DEFAULT_BEST_BLOCKCHAIN_BLOCKS BEST_BLOCKCHAIN_INTERVAL
  MAX_MEMPOOL_RECEIVING_TIPS MAX_VERIFIED_PEERS MAX_UNVERIFIED_PEERS_PER_CONN`.split(/\s+/),
);
