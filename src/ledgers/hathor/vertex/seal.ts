import { sha256d } from "../../../crypto/bitcoin_hash.ts";
import { concatBytes } from "../../../kernel/concat.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { auxPowHash } from "./aux_pow.ts";
import { type EncodedVertex, encodeParts } from "./encode.ts";
import type { Vertex, VertexFields } from "./vertex.ts";

const DIGEST_SIZE = 32;
/** Hashed nonces are of 16 bytes, whatever they are in the vertex. */
const HASHED_NONCE_SIZE = 16;
const TX_NONCE_SIZE = 4;

/** A vertex with its hash and its bytes. */
export function sealVertex<F extends VertexFields>(
  fields: F,
): F & { readonly hash: string; readonly bytes: Uint8Array };
export function sealVertex(fields: VertexFields): Vertex {
  const encoded = encodeParts(fields);
  const { bytes, graphEnd } = encoded;
  const header = headerOf(fields, encoded);
  if ("auxPow" in fields) {
    const base = sha256d(header.subarray(0, 2 * DIGEST_SIZE)).toReversed();
    return { ...fields, hash: auxPowHash(fields.auxPow, base), bytes };
  }
  const nonceSize = "data" in fields ? HASHED_NONCE_SIZE : TX_NONCE_SIZE;
  header.set(bytes.subarray(graphEnd, graphEnd + nonceSize), header.length - nonceSize);
  return { ...fields, hash: sha256d(header).toReversed().toHex(), bytes };
}

/**
 * The 64 bytes whose double hash with a nonce of 16 bytes after them is the vertex's hash: of the
 * funds, then of the graph and the headers.
 */
export function miningHeader(fields: VertexFields): Uint8Array {
  return headerOf(fields, encodeParts(fields)).slice(0, 2 * DIGEST_SIZE);
}

/** What the Bitcoin coinbase of a merge-mined block holds. */
export function miningBaseHash(fields: VertexFields): Uint8Array {
  return sha256d(miningHeader(fields)).toReversed();
}

/** The mining header with room for the nonce. */
function headerOf(
  fields: VertexFields,
  { bytes, fundsEnd, graphEnd }: EncodedVertex,
): Uint8Array {
  const header = new Uint8Array(2 * DIGEST_SIZE + HASHED_NONCE_SIZE);
  header.set(sha256(bytes.subarray(0, fundsEnd)));
  const graph = bytes.subarray(fundsEnd, graphEnd);
  // The nonce stands between the graph and the headers.
  const headers = "headers" in fields ? bytes.subarray(graphEnd + TX_NONCE_SIZE) : NOTHING;
  header.set(sha256(headers.length === 0 ? graph : concatBytes(graph, headers)), DIGEST_SIZE);
  return header;
}

const NOTHING = new Uint8Array();
