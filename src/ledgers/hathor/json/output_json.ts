import type { PyJson } from "../../../python/json.ts";
import type { Network } from "../networks/network.ts";
import { parseMatchValues } from "../script/match_values.ts";
import { addressTextOf, parseAddressScript } from "../script/patterns.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { matchValuesJson } from "./match_values_json.ts";
import { tokenUidAt, type TxOutput, type Vertex } from "../vertex/vertex.ts";

/** A JSON object that is being put together. */
export type JsonObject = Record<string, PyJson>;

/** What a script says, for people: `{}` for one that does not pay to an address. */
export function decodedScript(network: Network, script: Uint8Array): JsonObject {
  const parsed = parseAddressScript(script);
  if (parsed === undefined) return {};
  return {
    type: parsed.type,
    address: addressTextOf(network, parsed),
    timelock: parsed.timelock ?? null,
  };
}

/** The output's script for people, with its value and token where it pays to an address. */
export function decodedOutput(network: Network, output: TxOutput): JsonObject {
  const decoded = decodedScript(network, output.script);
  if (decoded.type === undefined) {
    const contract = parseMatchValues(output.script);
    return contract === undefined ? decoded : matchValuesJson(contract);
  }
  return { ...decoded, value: output.value, token_data: output.tokenData };
}

/** An output as it is, its script in base64. */
export function outputJson(output: TxOutput): JsonObject {
  return {
    value: output.value,
    token_data: output.tokenData,
    script: output.script.toBase64(),
  };
}

/** An output of `vertex` as histories show it. */
export function historyOutputJson(network: Network, vertex: Vertex, output: TxOutput): JsonObject {
  return {
    ...outputJson(output),
    decoded: decodedScript(network, output.script),
    token: tokenUidAt(vertex, tokenIndexOf(output)) ?? null,
  };
}
