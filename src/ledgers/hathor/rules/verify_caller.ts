import { isSecp256k1Signature, secp256k1Key } from "../../../crypto/secp256k1.ts";
import { hash160 } from "../../../crypto/bitcoin_hash.ts";
import { nanoHeaderOf } from "../vertex/headers.ts";
import { p2pkhAddress } from "../networks/address.ts";
import { evaluateSpend } from "../script/evaluate.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { ScriptError } from "../script/script_error.ts";
import { countInputSigops } from "../script/sigops.ts";
import { sighashOf } from "../vertex/sighash.ts";
import { type Transaction, VertexVersion } from "../vertex/vertex.ts";
import type { RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";
import { refusing } from "./verify_outputs.ts";

const MAX_SCRIPT_SIZE = 1024;
const MAX_SIGOPS = 20;

/** Asserts that the caller of a contract is who it says: its script spends what its address is paid. */
export function assertCaller({ network, features }: RuleContext, tx: Transaction): void {
  const header = nanoHeaderOf(tx);
  if (header === undefined) return;
  const { script, address } = header;
  if (script.length > MAX_SCRIPT_SIZE) {
    throw new VertexRefusal(
      "NCInvalidSignature",
      `nc_script larger than max: ${script.length} > ${MAX_SCRIPT_SIZE}`,
    );
  }
  const owned = scriptOfAddress(network, address);
  if (owned === undefined) throw new VertexRefusal("ScriptError", "The address is not valid");
  const { maxMultisigPubkeys } = network;
  const sigopRules = { maxMultisigPubkeys, countsCheckDataSig: true };
  const sigops = refusing("ScriptError", () => countInputSigops(script, owned, sigopRules));
  if (sigops > MAX_SIGOPS) {
    throw new VertexRefusal(
      "TooManySigOps",
      `sigops count greater than max: ${sigops} > ${MAX_SIGOPS}`,
    );
  }
  try {
    evaluateSpend(script, owned, {
      network,
      timestamp: tx.timestamp,
      outputs: tx.outputs,
      sighash: sighashOf(tx),
      spentValue: 0n,
      hasDataOpcodes: !features.OPCODES_V2,
    });
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    // The original says no more, wherever it fails.
    if (error.code === "script") throw new VertexRefusal("NCInvalidSignature", "");
    throw new VertexRefusal("NodeFailure", error.message);
  }
}

/** Asserts that a blueprint is signed, by one who may bring blueprints in. */
export function assertBlueprintAuthor(
  { network }: Pick<RuleContext, "network">,
  tx: Transaction,
): void {
  if (tx.version !== VertexVersion.onChainBlueprint) return;
  const { publicKey, signature } = tx;
  const author = p2pkhAddress(network, hash160(publicKey));
  if (network.blueprintAuthors?.has(author) === false) {
    throw new VertexRefusal(
      "OCBPubKeyNotAllowed",
      `nc_pubkey with address ${author} is not allowed`,
    );
  }
  const key = publicKey[0] === 2 || publicKey[0] === 3 ? secp256k1Key(publicKey) : undefined;
  if (key === undefined) {
    throw new VertexRefusal("NCInvalidPubKey", "nc_pubkey is not a public key");
  }
  if (isSecp256k1Signature(signature, sighashOf(tx), key)) return;
  throw new VertexRefusal("NCInvalidSignature", "");
}
