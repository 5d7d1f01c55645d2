import { type PyJson, pyObject } from "../../../python/json.ts";
import { encodeAddress } from "../networks/address.ts";
import type { MatchValues } from "../script/match_values.ts";

/** A contract that matches values, for people. */
export function matchValuesJson(
  { oracleKeyHash, minTimestamp, dataId, values, fallback }: MatchValues,
): Record<string, PyJson> {
  return {
    type: "NanoContractMatchValues",
    oracle_pubkey_hash: oracleKeyHash.toBase64(),
    min_timestamp: minTimestamp,
    oracle_data_id: dataId,
    value_dict: pyObject(
      Array.from(values, ([address, value]) => [encodeAddress(Uint8Array.fromHex(address)), value]),
    ),
    fallback_pubkey_hash: fallback === undefined ? null : encodeAddress(fallback),
  };
}
