import type { AuxPow } from "../vertex/aux_pow.ts";
import type { RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";

/** What a coinbase has right before the hash of the Hathor block. */
const MAGIC = "48617468";

/** Asserts that a merge-mined block's proof holds its hash in one place alone. */
export function assertAuxPow({ network, features }: RuleContext, proof: AuxPow): void {
  const head = proof.coinbaseHead.toHex();
  const at = firstByteOf(head, MAGIC);
  if (at === -1) throw new VertexRefusal("AuxPowNoMagicError", "cannot find MAGIC_NUMBER");
  if (at < proof.coinbaseHead.length - MAGIC.length / 2) {
    throw new VertexRefusal("AuxPowUnexpectedMagicError", "unexpected MAGIC_NUMBER");
  }
  const { length } = proof.merklePath;
  const most = features.INCREASE_MAX_MERKLE_PATH_LENGTH
    ? network.newMaxMerklePath
    : network.oldMaxMerklePath;
  if (length <= most) return;
  throw new VertexRefusal("AuxPowLongMerklePathError", `merkle_path too long: ${length} > ${most}`);
}

/** The byte that `part` begins at in `hex`, -1 if nowhere. */
function firstByteOf(hex: string, part: string): number {
  for (let at = hex.indexOf(part); at >= 0; at = hex.indexOf(part, at + 1)) {
    if (at % 2 === 0) return at / 2;
  }
  return -1;
}
