import { concatBytes } from "../../../crypto/concat.ts";
import { sha256d } from "../../../crypto/bitcoin_hash.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { auxPowHash, encodeAuxPow } from "./aux_pow.ts";
import { encodeFunds, encodeGraph } from "./encode.ts";
import { encodeHeaders } from "./headers.ts";
import type { Vertex, VertexFields } from "./vertex.ts";

const DIGEST_SIZE = 32;
/** Hashed nonces are of 16 bytes, whatever they are in the vertex. */
const HASHED_NONCE_SIZE = 16;
const TX_NONCE_SIZE = 4;

/** A vertex with the hash and the size of its bytes. */
export function sealVertex<F extends VertexFields>(
  fields: F,
): F & { readonly hash: string; readonly size: number };
export function sealVertex(fields: VertexFields): Vertex {
  const funds = encodeFunds(fields);
  const graph = encodeGraph(fields);
  const headers = "headers" in fields ? encodeHeaders(fields.headers) : new Uint8Array();
  const header = headerOf(funds, graph, headers);
  const size = funds.length + graph.length + headers.length;
  if ("auxPow" in fields) {
    const proof = encodeAuxPow(fields.auxPow);
    const base = sha256d(header.subarray(0, 2 * DIGEST_SIZE)).toReversed();
    return { ...fields, hash: auxPowHash(fields.auxPow, base), size: size + proof.length };
  }
  setNonce(header, BigInt(fields.nonce));
  const nonceSize = "data" in fields ? HASHED_NONCE_SIZE : TX_NONCE_SIZE;
  return { ...fields, hash: sha256d(header).toReversed().toHex(), size: size + nonceSize };
}

/**
 * The 64 bytes whose double hash with a nonce of 16 bytes after them is the vertex's hash: of the
 * funds, then of the graph and the headers.
 */
export function miningHeader(fields: VertexFields): Uint8Array {
  const headers = "headers" in fields ? encodeHeaders(fields.headers) : new Uint8Array();
  return headerOf(encodeFunds(fields), encodeGraph(fields), headers).slice(0, 2 * DIGEST_SIZE);
}

/** What the Bitcoin coinbase of a merge-mined block holds. */
export function miningBaseHash(fields: VertexFields): Uint8Array {
  return sha256d(miningHeader(fields)).toReversed();
}

/** The mining header with room for the nonce. */
function headerOf(funds: Uint8Array, graph: Uint8Array, headers: Uint8Array): Uint8Array {
  const header = new Uint8Array(2 * DIGEST_SIZE + HASHED_NONCE_SIZE);
  header.set(sha256(funds));
  header.set(sha256(headers.length === 0 ? graph : concatBytes(graph, headers)), DIGEST_SIZE);
  return header;
}

function setNonce(header: Uint8Array, nonce: bigint): void {
  const view = new DataView(header.buffer, 2 * DIGEST_SIZE);
  view.setBigUint64(0, nonce >> 64n);
  view.setBigUint64(8, nonce);
}
