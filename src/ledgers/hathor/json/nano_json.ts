import { encodeAddress } from "../networks/address.ts";
import { blueprintText } from "../vertex/blueprint_code.ts";
import { HeaderId, nanoHeaderOf } from "../vertex/headers.ts";
import { isCreation, type NanoAction } from "../vertex/nano_header.ts";
import { ALL_AUTHORITIES, MELT_BIT, MINT_BIT } from "../vertex/output.ts";
import { tokenUidAt, type Transaction, VertexVersion } from "../vertex/vertex.ts";
import type { JsonObject } from "./output_json.ts";

/** Names of the types of actions, from 1 on. */
const ACTIONS = ["deposit", "withdrawal", "grant_authority", "acquire_authority"];

/** The types of actions that are about authorities, and not about amounts. */
const AUTHORITY_ACTIONS: ReadonlySet<string> = new Set(ACTIONS.slice(2));

/** What is known of a call beside its bytes. */
export interface CallFacts {
  /** The blueprint of the contract that is called; empty where that is not known. */
  readonly blueprint: string;
  /** Seconds since the epoch: the time of the block that confirms it. */
  readonly confirmedAt: number | undefined;
}

/**
 * What a transaction says of the contract that it calls, in the original's names and order; nothing
 * for one that calls none.
 */
export function nanoJson(tx: Transaction, facts?: CallFacts): JsonObject {
  const header = nanoHeaderOf(tx);
  if (header === undefined) return {};
  const { contractId, sequence, method } = header;
  const isNew = isCreation(header);
  const caller = encodeAddress(header.address);
  return {
    nc_id: isNew ? tx.hash : contractId,
    nc_seqnum: sequence,
    nc_blueprint_id: isNew ? contractId : facts?.blueprint ?? "",
    nc_method: method,
    nc_args: header.arguments.toHex(),
    nc_address: caller,
    nc_context: {
      actions: groupedByToken(header.actions).map((action) => actionJson(tx, action)),
      caller_id: caller,
      timestamp: facts?.confirmedAt ?? null,
      address: caller,
    },
  };
}

/** As a call is given them: those of a token one after another, in the order of the first of each. */
function groupedByToken(actions: readonly NanoAction[]): NanoAction[] {
  return [...Map.groupBy(actions, ({ tokenIndex }) => tokenIndex).values()].flat();
}

function actionJson(tx: Transaction, { type, tokenIndex, amount }: NanoAction): JsonObject {
  const name = ACTIONS[type - 1] ?? "";
  const action = { type: name, token_uid: tokenUidAt(tx, tokenIndex) ?? null };
  if (!AUTHORITY_ACTIONS.has(name) || amount > ALL_AUTHORITIES) return { ...action, amount };
  return { ...action, mint: (amount & MINT_BIT) !== 0n, melt: (amount & MELT_BIT) !== 0n };
}

/** The call of a contract as events show it among the headers of their vertex. */
export function nanoHeadersJson(tx: Transaction): JsonObject[] {
  const header = nanoHeaderOf(tx);
  if (header === undefined) return [];
  return [{
    id: HeaderId.nano.toString(16),
    nc_seqnum: header.sequence,
    nc_id: header.contractId,
    nc_method: header.method,
    nc_address: encodeAddress(header.address),
  }];
}

/** The code of a blueprint, as it is in the vertex: compressed. Nothing for another transaction. */
export function blueprintJson(tx: Transaction): JsonObject {
  if (tx.version !== VertexVersion.onChainBlueprint) return {};
  return { on_chain_blueprint_code: codeJson(tx.code), nc_pubkey: tx.publicKey.toHex() };
}

/** The same as wallets see it, who are told its text, and by what it is signed. */
export function blueprintHistoryJson(tx: Transaction): JsonObject {
  if (tx.version !== VertexVersion.onChainBlueprint) return {};
  return {
    on_chain_blueprint_code: {
      ...codeJson(tx.code),
      content_text: blueprintText(tx.code) ?? "",
    },
    nc_pubkey: tx.publicKey.toHex(),
    nc_signature: tx.signature.toHex(),
  };
}

/** Its first byte says how the rest is compressed. */
function codeJson(code: Uint8Array): JsonObject {
  return { kind: code[0] ?? 0, content: code.subarray(1).toBase64() };
}
