import type { FeatureName, FeatureSwitch } from "./features.ts";

/** Which weights are not asked for, so that vertices cost no work: everything then weighs 1. */
export interface TestMode {
  readonly transactions: boolean;
  readonly blocks: boolean;
}

/** The first three vertices of a network. */
export interface GenesisSettings {
  /** What the genesis block's one output may be spent with. */
  readonly outputScript: Uint8Array;
  readonly timestamp: number;
  /** Value of that output. */
  readonly amount: bigint;
  readonly blockNonce: bigint;
  readonly blockHash: string;
  readonly tx1Nonce: number;
  readonly tx1Hash: string;
  readonly tx2Nonce: number;
  readonly tx2Hash: string;
}

/** How a feature is activated: heights are of blocks that end an evaluation interval. */
export interface FeatureCriteria {
  /** The signal bit that miners support it with. */
  readonly bit: number;
  readonly startHeight: number;
  readonly timeoutHeight: number;
  readonly minimumActivationHeight: number;
  readonly isLockedInOnTimeout: boolean;
  /** Blocks of an interval that must signal; the network's default where undefined. */
  readonly threshold: number | undefined;
  readonly isSignalledByDefault: boolean;
  /** The release of the reference node that it came with. */
  readonly version: string;
}

export interface FeatureActivation {
  /** Blocks between two evaluations. */
  readonly evaluationInterval: number;
  /** How many low bits of a block's first byte are signals. */
  readonly maxSignalBits: number;
  readonly defaultThreshold: number;
  readonly criteria: Readonly<Partial<Record<FeatureName, FeatureCriteria>>>;
}

/** All that tells one network from another. Amounts are in the smallest unit, times in seconds. */
export interface Network {
  readonly name: string;
  /** First byte of an address that one key spends from. */
  readonly p2pkhVersionByte: number;
  /** First byte of an address that several keys spend from. */
  readonly multisigVersionByte: number;
  readonly genesis: GenesisSettings;
  readonly testMode: TestMode;
  /**
   * Whether it is kept by nodes of others: one that follows none of them knows nothing of it, and
   * has nothing to tell miners.
   */
  readonly isShared: boolean;

  readonly nativeToken: { readonly name: string; readonly symbol: string };
  readonly maxTokenNameLength: number;
  readonly maxTokenSymbolLength: number;
  readonly decimalPlaces: number;
  readonly displayDecimalPlaces: number;
  /** The deposit for minted tokens is `numerator / denominator` of them. */
  readonly depositNumerator: bigint;
  readonly depositDenominator: bigint;
  /** Whether that is reckoned in doubles, as before 0.71: it differs beyond 2^53. */
  readonly isDepositInDoubles: boolean;
  readonly feePerOutput: bigint;

  readonly minBlockWeight: number;
  readonly minTxWeight: number;
  readonly minTxWeightCoefficient: number;
  readonly minTxWeightK: number;
  readonly maxTxWeightDiff: number;
  /** Transactions that weigh this or less may weigh any more than they must. */
  readonly maxTxWeightDiffActivation: number;
  readonly weightTolerance: number;

  readonly averageBlockTime: number;
  /** The same once the reduced target is active. */
  readonly reducedAverageBlockTime: number;
  readonly difficultyBlocks: number;
  readonly maxDistanceBetweenBlocks: number;
  readonly isWeightDecayEnabled: boolean;
  readonly weightDecayActivateDistance: number;
  readonly weightDecayWindowSize: number;
  readonly weightDecayAmount: number;

  /** Undefined where rewards are never halved. */
  readonly blocksPerHalving: number | undefined;
  readonly initialReward: bigint;
  readonly minimumReward: bigint;
  /** Blocks on top of a block before its reward may be spent. */
  readonly rewardSpendMinBlocks: number;

  readonly maxInputs: number;
  readonly maxOutputs: number;
  readonly maxOutputScriptSize: number;
  readonly maxInputDataSize: number;
  readonly maxBlockDataSize: number;
  readonly maxVertexSize: number;
  readonly maxFutureTimestamp: number;
  readonly maxMultisigPubkeys: number;
  readonly maxMultisigSignatures: number;
  readonly maxSigopsInput: number;
  readonly maxSigopsOutput: number;
  /** Links of a merge-mined block's path, before and after the feature that allows more. */
  readonly oldMaxMerklePath: number;
  readonly newMaxMerklePath: number;
  /** Larger scripts, and more data outputs, are not taken by `push_tx`. */
  readonly standardMaxScriptSize: number;
  readonly standardMaxDataOutputs: number;
  readonly maxHistoryTransactions: number;
  readonly maxHistoryElements: number;

  /** Addresses of the keys that may bring blueprints in; undefined where every key may. */
  readonly blueprintAuthors: ReadonlySet<string> | undefined;

  /** Names of the blueprints that are not of the chain. */
  readonly builtInBlueprints: readonly string[];

  readonly features: Readonly<Record<FeatureName, FeatureSwitch>>;
  readonly featureActivation: FeatureActivation;
  /** Hashes that blocks of these heights must have. */
  readonly checkpoints: ReadonlyMap<number, string>;
  /** Transactions that are in the graph but count for nothing. */
  readonly softVoided: ReadonlySet<string>;
  /** Vertices that are taken as they are. */
  readonly skippedVerification: ReadonlySet<string>;
}

/** Whether `hash` is one of the network's first three vertices. */
export function isGenesis(network: Network, hash: string): boolean {
  const { blockHash, tx1Hash, tx2Hash } = network.genesis;
  return hash === blockHash || hash === tx1Hash || hash === tx2Hash;
}
