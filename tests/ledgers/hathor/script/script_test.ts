import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { decodedScript } from "../../../../src/ledgers/hathor/json/output_json.ts";
import { isStandard } from "../../../../src/ledgers/hathor/rules/standard.ts";
import { evaluateSpend } from "../../../../src/ledgers/hathor/script/evaluate.ts";
import { buildScript, isDataScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { ScriptError } from "../../../../src/ledgers/hathor/script/script_error.ts";
import { countInputSigops, countSigops } from "../../../../src/ledgers/hathor/script/sigops.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { sighashOf } from "../../../../src/ledgers/hathor/vertex/sighash.ts";
import type { TxOutput } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import {
  networkOf,
  readVectors,
  textOf,
  transactionOf,
  vertexVectors,
} from "../support/vectors.ts";

const { spending, spent, cases } = readVectors(
  "hathor_scripts.json",
  z.object({
    spending: z.string(),
    spent: z.string(),
    cases: z.array(z.object({
      input: z.string(),
      output: z.string(),
      opcodes_version: z.number(),
      evaluation: z.object({
        outcome: z.enum(["ok", "script", "uncaught"]),
        message: z.string().nullish(),
      }),
      output_sigops: z.number().nullable(),
      decoded: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
    })),
  }),
);

const network = networkOf("privatenet");
const tx = transactionOf(spending);
const spentValue = transactionOf(spent).outputs[tx.inputs[0]?.index ?? 0]?.value ?? 0n;
const sigopRules = { maxMultisigPubkeys: 20, countsCheckDataSig: true };

Deno.test("scripts are evaluated to the original's outcome, in its words", () => {
  assert(cases.length > 200);
  for (const { input, output, opcodes_version, evaluation } of cases) {
    const evaluate = () =>
      evaluateSpend(Uint8Array.fromHex(input), Uint8Array.fromHex(output), {
        network,
        timestamp: tx.timestamp,
        outputs: tx.outputs,
        sighash: sighashOf(tx),
        spentValue,
        hasDataOpcodes: opcodes_version === 1,
      });
    if (evaluation.outcome === "ok") {
      evaluate();
      continue;
    }
    const error = assertThrows(evaluate, ScriptError);
    assertEquals(error.code, evaluation.outcome, `${input} ${output}`);
    if (error.code === "script") assertEquals(error.message, evaluation.message ?? "");
  }
});

Deno.test("signature checks are counted as the original counts them", () => {
  for (const { output, output_sigops } of cases) {
    const script = Uint8Array.fromHex(output);
    if (output_sigops === null) assertThrows(() => countSigops(script, sigopRules), ScriptError);
    else assertEquals(countSigops(script, sigopRules), output_sigops, output);
  }
  const redeem = buildScript([0x52, new Uint8Array(33), new Uint8Array(33), 0x52, 0xae]);
  const paid = buildScript([0xa9, new Uint8Array(20), 0x87]);
  assertEquals(countInputSigops(buildScript([redeem]), paid, sigopRules), 2);
  assertEquals(countInputSigops(buildScript([redeem]), buildScript([0xac]), sigopRules), 0);
});

Deno.test("scripts are told in JSON as by the original", () => {
  for (const { output, decoded } of cases) {
    assertEquals(textOf(decodedScript(network, Uint8Array.fromHex(output))), textOf(decoded));
  }
});

Deno.test("text is what a data script keeps, and nothing else", () => {
  const text = new TextEncoder().encode("hello");
  assertEquals(isDataScript(buildScript([text, 0xac])), true);
  assertEquals(isDataScript(buildScript([new Uint8Array(100).fill(0x61), 0xac])), true);
  assertEquals(isDataScript(buildScript([text, 0xac, 0xac])), false);
  assertEquals(isDataScript(buildScript([text])), false);
  assertEquals(isDataScript(buildScript([new Uint8Array([0xff]), 0xac])), false);
  assertEquals(isDataScript(new Uint8Array()), false);
});

const p2pkh = Uint8Array.fromHex(`76a914${"00".repeat(20)}88ac`);
const data = buildScript([new TextEncoder().encode("x"), 0xac]);
const large = buildScript([new Uint8Array(255).fill(0x61), 0xac]);

function output(script: Uint8Array, value = 1n, tokenData = 0): TxOutput {
  return { value, tokenData, script };
}

Deno.test("what push_tx takes are payments to addresses and at most 25 pieces of data", () => {
  const outputs = (...list: TxOutput[]) => sealVertex({ ...tx, outputs: list });
  const pieces = (count: number) => Array.from({ length: count }, () => output(data));
  assertEquals(isStandard(network, outputs(output(p2pkh), ...pieces(25))), true);
  assertEquals(isStandard(network, outputs(output(p2pkh), ...pieces(26))), false);
  assertEquals(isStandard(network, outputs(output(buildScript([0x51])))), false);
  assertEquals(isStandard(network, outputs(output(large))), false);
  for (const [, { hex }] of vertexVectors().filter(([name]) => name.startsWith("walletlib"))) {
    assertEquals(isStandard(network, transactionOf(hex)), true);
  }
});

Deno.test("an NFT may have more outputs of data than another transaction only as its first", () => {
  const created = vertexVectors().find(([name]) => name === "token_creation_deposit");
  const base = transactionOf(created?.[1].hex ?? "");
  assert(base.version === 2);
  const nft = (...outputs: TxOutput[]) => isStandard(network, sealVertex({ ...base, outputs }));
  assertEquals(nft(output(data), output(p2pkh, 1n, 1)), true);
  assertEquals(nft(output(data, 2n), output(buildScript([0x51]), 1n, 1)), false);
});
