import { secp256k1 } from "@noble/curves/secp256k1";
import { deflateSync } from "node:zlib";
import { concatBytes } from "../../../../src/kernel/concat.ts";
import { decodeAddress } from "../../../../src/ledgers/hathor/networks/address.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { HeaderId } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { sighashOf } from "../../../../src/ledgers/hathor/vertex/sighash.ts";
import {
  type Transaction,
  type Vertex,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { addressOf, spendingData } from "./builder.ts";
import { mined } from "./mined.ts";

/** Whoever brings in blueprints: the key is the same in every run, and so are their ids. */
const AUTHOR = new Uint8Array(32).fill(7);

interface Place {
  readonly parents: readonly Vertex[];
  readonly timestamp: number;
}

/** What no vertex of these has. */
const NOTHING = { signalBits: 0, tokens: [], inputs: [], outputs: [], weight: 1, nonce: 0 };

/** A blueprint of a text. */
export function mineBlueprint({ parents, timestamp }: Place, text: string): Transaction {
  const fields = {
    ...NOTHING,
    version: VertexVersion.onChainBlueprint,
    timestamp,
    parents: parents.map(({ hash }) => hash),
    headers: [],
    code: concatBytes(new Uint8Array([1]), new Uint8Array(deflateSync(text))),
    publicKey: secp256k1.getPublicKey(AUTHOR, true),
    signature: new Uint8Array(),
  };
  const signature = secp256k1.sign(sighashOf(fields), AUTHOR, { format: "der" });
  return mined((nonce) => sealVertex({ ...fields, signature, nonce }));
}

/** Who calls what. */
export interface MinedCall {
  readonly contract: string;
  readonly method: string;
  /** As in the owners of `builder.ts`. */
  readonly caller: number;
  readonly sequence: number;
  /** As the engine writes them: their number, then each. */
  readonly arguments?: readonly number[];
}

/** A call that moves no money. */
export function mineCall(
  network: Network,
  { parents, timestamp }: Place,
  call: MinedCall,
): Transaction {
  const fields = {
    ...NOTHING,
    version: VertexVersion.transaction,
    timestamp,
    parents: parents.map(({ hash }) => hash),
    headers: [{
      id: HeaderId.nano,
      contractId: call.contract,
      sequence: BigInt(call.sequence),
      method: call.method,
      arguments: Uint8Array.from(call.arguments ?? [0]),
      actions: [],
      address: decodeAddress(addressOf(network, call.caller)),
      script: spendingData(call.caller),
    }],
  };
  return mined((nonce) => sealVertex({ ...fields, nonce }));
}
