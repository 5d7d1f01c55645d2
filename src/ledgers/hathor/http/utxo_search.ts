import type { PyJson } from "../../../python/json.ts";
import { AddressError, decodeAddress } from "../networks/address.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { searchUtxos } from "../queries/utxos.ts";
import {
  hexArgument,
  naturalNumber,
  type RequestArguments,
  tokenUidOf,
  unparsed,
} from "./arguments.ts";

/** Outputs that an amount can be paid with. */
export async function utxoSearch(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const asked = args.required("token_uid", "address", "target_amount");
  const token = tokenOf(asked.token_uid);
  const amount = naturalNumber("target_amount", asked.target_amount);
  const { address } = asked;
  try {
    decodeAddress(address);
  } catch (error) {
    if (error instanceof AddressError) throw unparsed("address", error.message);
    throw error;
  }
  const timestamp = numberOf(args, "target_timestamp");
  const height = numberOf(args, "target_height");
  const found = await searchUtxos(queries.node, { address, token, amount, timestamp, height });
  return {
    success: true,
    utxos: found.map((utxo) => ({
      txid: utxo.hash,
      index: utxo.index,
      amount: utxo.amount,
      timelock: utxo.timelock ?? null,
      heightlock: utxo.heightlock ?? null,
    })),
  };
}

function tokenOf(text: string): string {
  const uid = tokenUidOf(hexArgument("token_uid", text));
  if (uid !== undefined) return uid;
  throw unparsed("token_uid", "not a valid hash length");
}

/** A time or a height that locks are compared with; none of them counts where it is 0. */
function numberOf(args: RequestArguments, name: string): number | undefined {
  const text = args.find(name);
  if (text === undefined) return undefined;
  return Number(naturalNumber(name, text)) || Infinity;
}
