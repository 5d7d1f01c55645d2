import type { AuxPow } from "./aux_pow.ts";
import { type Header, nanoHeaderOf } from "./headers.ts";
import type { NanoHeader } from "./nano_header.ts";

/** The second byte of a vertex: what it is. */
export const VertexVersion = {
  block: 0,
  transaction: 1,
  tokenCreation: 2,
  mergeMinedBlock: 3,
  poaBlock: 5,
  onChainBlueprint: 6,
} as const;

/** How a token is paid for: a deposit of HTR, or a fee on every transfer. */
export const TokenVersion = { native: 0, deposit: 1, fee: 2 } as const;
export type TokenVersion = typeof TokenVersion[keyof typeof TokenVersion];

/** The uid of HTR. */
export const HTR_UID = "00";

/** What a transaction spends, and the data that the spent output's script asks for. */
export interface TxInput {
  /** Hash of the vertex whose output is spent. */
  readonly txId: string;
  /** Which of its outputs, 0 to 255. */
  readonly index: number;
  readonly data: Uint8Array;
}

/** What can be spent. */
export interface TxOutput {
  /** An amount in the token's smallest unit, 1 to 2^63; for an authority its mask. */
  readonly value: bigint;
  /** The token's index (0 for HTR, n for the vertex's nth token), and 0x80 for an authority. */
  readonly tokenData: number;
  readonly script: Uint8Array;
}

interface CommonFields {
  readonly signalBits: number;
  readonly outputs: readonly TxOutput[];
  /** Logarithm to the base 2 of the work. */
  readonly weight: number;
  /** Seconds since the epoch, of 32 bits. */
  readonly timestamp: number;
  /** Hashes; of a block the parent block's first. */
  readonly parents: readonly string[];
}

interface BlockCommonFields extends CommonFields {
  readonly data: Uint8Array;
}

interface TransactionCommonFields extends CommonFields {
  readonly inputs: readonly TxInput[];
  readonly nonce: number;
  readonly headers: readonly Header[];
}

export interface BlockFields extends BlockCommonFields {
  readonly version: typeof VertexVersion.block;
  /** Of 128 bits. */
  readonly nonce: bigint;
}

export interface MergeMinedBlockFields extends BlockCommonFields {
  readonly version: typeof VertexVersion.mergeMinedBlock;
  readonly auxPow: AuxPow;
}

export interface TransactionFields extends TransactionCommonFields {
  readonly version: typeof VertexVersion.transaction;
  /** Uids of the tokens that its outputs name by index. */
  readonly tokens: readonly string[];
}

/** What a transaction has before it has its place in the graph, and its proof of work. */
export const UNPLACED = {
  signalBits: 0,
  weight: 0,
  timestamp: 0,
  parents: [],
  nonce: 0,
  headers: [],
} as const satisfies Partial<TransactionFields>;

export interface TokenCreationFields extends TransactionCommonFields {
  readonly version: typeof VertexVersion.tokenCreation;
  readonly tokenVersion: TokenVersion;
  readonly tokenName: string;
  readonly tokenSymbol: string;
}

/** A blueprint, of which contracts are made. */
export interface OnChainBlueprintFields extends TransactionCommonFields {
  readonly version: typeof VertexVersion.onChainBlueprint;
  readonly tokens: readonly string[];
  /** As it is in the vertex: compressed. */
  readonly code: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** All that the bytes of a transaction say. */
export type AnyTransactionFields =
  | TransactionFields
  | TokenCreationFields
  | OnChainBlueprintFields;

/** All that the bytes of a vertex say. */
export type VertexFields = BlockFields | MergeMinedBlockFields | AnyTransactionFields;

interface Sealed {
  /** In lower-case hexadecimal, as every hash here. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export type Block = (BlockFields | MergeMinedBlockFields) & Sealed;
export type TokenCreation = TokenCreationFields & Sealed;
export type Blueprint = OnChainBlueprintFields & Sealed;
export type Transaction = AnyTransactionFields & Sealed;

/** A vertex of the graph: a block or a transaction, with the hash that names it. */
export type Vertex = Block | Transaction;

export function isBlock(vertex: Vertex): vertex is Block {
  return vertex.version === VertexVersion.block ||
    vertex.version === VertexVersion.mergeMinedBlock;
}

export function isTokenCreation(vertex: Vertex): vertex is TokenCreation {
  return vertex.version === VertexVersion.tokenCreation;
}

/** What a vertex spends: nothing, if it is a block. */
export function inputsOf(vertex: Vertex): readonly TxInput[] {
  return isBlock(vertex) ? [] : vertex.inputs;
}

/** The call of a contract that a vertex is, if it is one. */
export function callOf(vertex: Vertex): NanoHeader | undefined {
  return isBlock(vertex) ? undefined : nanoHeaderOf(vertex);
}

/** The uids that a vertex's token indexes 1, 2, … stand for; a token creation's is its own hash. */
export function tokensOf(vertex: Vertex): readonly string[] {
  if (isBlock(vertex)) return [];
  return isTokenCreation(vertex) ? [vertex.hash] : vertex.tokens;
}

/** The uid of a token index; undefined when the vertex has no such token. */
export function tokenUidAt(vertex: Vertex, index: number): string | undefined {
  return index === 0 ? HTR_UID : tokensOf(vertex)[index - 1];
}
