import { readAmount, writeAmount } from "./amount.ts";
import { malformed } from "./format_error.ts";
import { readLeb128, writeLeb128 } from "./leb128.ts";
import { ADDRESS_SIZE, HASH_SIZE } from "./sizes.ts";
import type { VertexReader } from "./vertex_reader.ts";
import type { VertexWriter } from "./vertex_writer.ts";

/** The method that makes a contract: what it names is a blueprint, and it is the contract itself. */
const INITIALIZE = "initialize";

/** Whether a call makes a contract of a blueprint, which it names in the contract's place. */
export function isCreation({ method }: Pick<NanoHeader, "method">): boolean {
  return method === INITIALIZE;
}

/** What an action does with a token, by its number. */
export const ActionType = {
  deposit: 1,
  withdrawal: 2,
  grantAuthority: 3,
  acquireAuthority: 4,
} as const;

/** What an action does with a token: 1 deposit, 2 withdrawal, 3 grant and 4 acquire authority. */
export interface NanoAction {
  readonly type: number;
  /** 0 for HTR, n for the transaction's nth token. */
  readonly tokenIndex: number;
  readonly amount: bigint;
}

/** A call of a nano contract. */
export interface NanoHeader {
  readonly contractId: string;
  readonly sequence: bigint;
  readonly method: string;
  readonly arguments: Uint8Array;
  readonly actions: readonly NanoAction[];
  /** The caller's address with its version byte and checksum. */
  readonly address: Uint8Array;
  /** What proves that the caller is who it says. */
  readonly script: Uint8Array;
}

const SEQUENCE_MAX_BYTES = 8;
const SCRIPT_LENGTH_MAX_BYTES = 2;
const LAST_ACTION_TYPE = 4;

/** Reads what follows the header's id. */
export function readNanoHeader(reader: VertexReader): NanoHeader {
  const contractId = reader.hex(HASH_SIZE);
  const sequence = readLeb128(reader, SEQUENCE_MAX_BYTES);
  const method = reader.bytes(reader.u8());
  const args = reader.bytes(reader.u16());
  const count = reader.u8();
  const actions = Array.from({ length: count }, () => readAction(reader));
  const address = reader.bytes(ADDRESS_SIZE);
  const script = reader.bytes(Number(readLeb128(reader, SCRIPT_LENGTH_MAX_BYTES)));
  if (method.some((byte) => byte >= 0x80)) throw malformed("the method's name is not ASCII");
  return {
    contractId,
    sequence,
    method: String.fromCharCode(...method),
    arguments: args,
    actions,
    address,
    script,
  };
}

function readAction(reader: VertexReader): NanoAction {
  const type = reader.u8();
  if (type === 0 || type > LAST_ACTION_TYPE) {
    throw malformed(`${type} is not a valid NCActionType`);
  }
  return { type, tokenIndex: reader.u8(), amount: readAmount(reader) };
}

/** Writes what follows the header's id; without its script, the script's length is written 0. */
export function writeNanoHeader(
  writer: VertexWriter,
  header: NanoHeader,
  { withScript }: { readonly withScript: boolean },
): void {
  writer.hex(header.contractId);
  writeLeb128(writer, header.sequence);
  writer.u8(header.method.length).bytes(new TextEncoder().encode(header.method));
  writer.u16(header.arguments.length).bytes(header.arguments);
  writer.u8(header.actions.length);
  for (const action of header.actions) {
    writer.u8(action.type).u8(action.tokenIndex);
    writeAmount(writer, action.amount);
  }
  writer.bytes(header.address);
  const script = withScript ? header.script : new Uint8Array();
  writeLeb128(writer, BigInt(script.length));
  writer.bytes(script);
}
