import { hash160 } from "../../../crypto/bitcoin_hash.ts";
import { callOf, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import { type AddressVersions, encodeAddress, p2pkhAddress } from "./address.ts";

/**
 * The address that a vertex is signed by itself, whatever it spends: of who calls a contract, or
 * brings a blueprint in. Undefined for any other.
 */
export function signerOf(network: AddressVersions, vertex: Vertex): string | undefined {
  if (vertex.version === VertexVersion.onChainBlueprint) {
    return p2pkhAddress(network, hash160(vertex.publicKey));
  }
  const call = callOf(vertex);
  return call === undefined ? undefined : encodeAddress(call.address);
}
