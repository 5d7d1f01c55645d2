import type { PyJson } from "../../../python/json.ts";
import { z } from "zod";
import { AddressError, decodeAddress } from "../networks/address.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { searchUtxos } from "../queries/utxos.ts";
import { naturalNumber, type RequestArguments, textBy, tokenUid } from "./arguments.ts";

/** A time or a height that locks are compared with; none of them counts where it is 0. */
const lock = naturalNumber().transform((value) => Number(value) || Infinity).optional();

/** What is asked for: `target_amount` of a token that an address can pay. */
export const UTXOS = z.object({
  token_uid: tokenUid,
  target_amount: naturalNumber(),
  address: textBy((text) => (decodeAddress(text), text), AddressError),
  target_timestamp: lock,
  target_height: lock,
});

/** Outputs that an amount can be paid with. */
export async function utxoSearch(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const { address, ...asked } = args.read(UTXOS);
  const found = await searchUtxos(queries.node, {
    address,
    token: asked.token_uid,
    amount: asked.target_amount,
    timestamp: asked.target_timestamp,
    height: asked.target_height,
  });
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
