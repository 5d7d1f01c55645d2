import { pyRepr } from "../../../python/str.ts";
import { decodedOutput } from "../json/output_json.ts";
import { ScriptError } from "../script/script_error.ts";
import { countSigops } from "../script/sigops.ts";
import { isAuthority, tokenIndexOf } from "../vertex/output.ts";
import { isBlock, tokensOf, type Vertex } from "../vertex/vertex.ts";
import type { RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";

/** Asserts what is asked of outputs whatever the vertex: their number, sizes and authorities. */
export function assertOutputs({ network }: RuleContext, vertex: Vertex): void {
  if (vertex.outputs.length > network.maxOutputs) {
    throw new VertexRefusal("TooManyOutputs", "Maximum number of outputs exceeded");
  }
  for (const output of vertex.outputs) {
    if (tokenIndexOf(output) === 0 && isAuthority(output)) {
      const text = pyRepr(decodedOutput(network, output));
      throw new VertexRefusal(
        "InvalidToken",
        `Cannot have authority UTXO for hathor tokens: ${text}`,
      );
    }
    if (output.script.length > network.maxOutputScriptSize) {
      throw new VertexRefusal(
        "InvalidOutputScriptSize",
        `size: ${output.script.length} and max-size: ${network.maxOutputScriptSize}`,
      );
    }
  }
}

/** Asserts that outputs are of tokens that the vertex names; a block's are of HTR alone. */
export function assertTokenIndexes({ network }: RuleContext, vertex: Vertex): void {
  const most = tokensOf(vertex).length;
  for (const output of vertex.outputs) {
    const index = tokenIndexOf(output);
    if (index <= most) continue;
    if (isBlock(vertex)) {
      const text = pyRepr(decodedOutput(network, output));
      throw new VertexRefusal("BlockWithTokensError", `in output: ${text}`);
    }
    throw new VertexRefusal("InvalidToken", `token uid index not available: index ${index}`);
  }
}

/** Asserts that the scripts of the outputs can be read, and check few enough signatures. */
export function assertOutputSigops({ network, features }: RuleContext, vertex: Vertex): void {
  const rules = {
    maxMultisigPubkeys: network.maxMultisigPubkeys,
    countsCheckDataSig: features.COUNT_CHECKDATASIG_OP,
  };
  let count = 0;
  for (const { script } of vertex.outputs) {
    count += refusing("ScriptError", () => countSigops(script, rules));
  }
  if (count <= network.maxSigopsOutput) return;
  throw new VertexRefusal(
    "TooManySigOps",
    `TX[${vertex.hash}]: Maximum number of sigops for all outputs exceeded (${count})`,
  );
}

/** What `evaluate` returns; a script that fails refuses the vertex with `code`. */
export function refusing<T>(code: "ScriptError" | "InvalidInputData", evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    throw new VertexRefusal(error.code === "script" ? code : "NodeFailure", error.message);
  }
}
