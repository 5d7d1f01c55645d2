import { assert } from "@std/assert";
import { z } from "zod";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  type Transaction,
  type TransactionFields,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { readVectors, transactionOf } from "./vectors.ts";

const schema = z.object({
  vertices: z.object({ p2pkh_spend_genesis: z.object({ hex: z.string() }) }),
});

/** A signed transaction that spends the genesis, of now and without a place in the graph. */
export function spending(): TransactionFields {
  const { hex } = readVectors("hathor.json", schema).vertices.p2pkh_spend_genesis;
  const tx = transactionOf(hex);
  assert(tx.version === VertexVersion.transaction);
  return { ...tx, parents: [], nonce: 0, timestamp: Math.floor(Date.now() / 1_000) };
}

export function sealed(tx: TransactionFields): Transaction {
  return sealVertex(tx);
}

export function hexOf(tx: TransactionFields): string {
  return encodeVertex(sealed(tx)).toHex();
}
