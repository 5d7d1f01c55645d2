import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import { BadRequest, hexBytes, tokenUidOf } from "../http/arguments.ts";
import { bodyBy, integerOf } from "../http/json_body.ts";
import { AddressError, decodeAddress, invalidAddress } from "../networks/address.ts";
import type { Network } from "../networks/network.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { MAX_AMOUNT } from "../vertex/amount.ts";
import { HASH_SIZE } from "../vertex/sizes.ts";
import { HTR_UID } from "../vertex/vertex.ts";

/** What is to be paid. */
export interface PaidOutput {
  readonly script: Uint8Array;
  readonly value: bigint;
  readonly token: string;
}

/** A payment that the node's wallet is asked for. */
export interface Payment {
  readonly outputs: readonly PaidOutput[];
  /** What it is to be paid from; the wallet chooses where there is nothing. */
  readonly inputs: readonly { readonly txId: string; readonly index: number }[];
  /** Seconds since the epoch, 0 for now; undefined where nothing is said. */
  readonly timestamp: number | undefined;
  /** The least that it must weigh where nothing is said. */
  readonly weight: number | undefined;
}

const MOST_SECONDS = 0xffff_ffff;
const LARGEST_INDEX = 255;

const integer = z.unknown().transform((value, context) => {
  const read = integerOf(value);
  if (read !== undefined) return read;
  context.addIssue({ code: "custom", message: "no integer" });
  return z.NEVER;
});

const outputSchema = z.object({
  address: z.string(),
  value: integer,
  timelock: z.number().int().min(0).max(MOST_SECONDS).nullish(),
  token_uid: z.string().nullish(),
});

const inputSchema = z.object({ tx_id: z.string(), index: integer });

/** What a body asks to be paid. */
export const paymentSchema = z.object({
  data: z.object({
    outputs: z.array(outputSchema),
    inputs: z.array(inputSchema),
    timestamp: z.number().int().max(MOST_SECONDS).optional(),
    weight: z.union([z.number(), z.object({ value: z.number() }).transform(({ value }) => value)])
      .nullish(),
  }),
});

/** The payment of a body. Throws {@linkcode BadRequest}. */
export function paymentOf(network: Network, body: PyJson | undefined): Payment {
  const parsed = bodyBy(paymentSchema, body);
  if (!parsed.success) {
    throw new BadRequest("The body has to have 'data' with 'outputs' and 'inputs'", 400);
  }
  const { outputs, inputs, timestamp, weight } = parsed.data.data;
  if (outputs.length > network.maxOutputs) {
    throw new BadRequest("Maximum number of outputs exceeded");
  }
  if (inputs.length > network.maxInputs) throw new BadRequest("Maximum number of inputs exceeded");
  return {
    outputs: outputs.map((output) => paidOutput(network, output)),
    inputs: inputs.map(({ tx_id: txId, index }) => {
      const bytes = hexBytes(txId);
      if (bytes?.length !== HASH_SIZE || index < 0n || index > LARGEST_INDEX) throw invalidInput();
      return { txId: bytes.toHex(), index: Number(index) };
    }),
    timestamp: timestamp === undefined ? undefined : Math.max(timestamp, 0),
    weight: weight ?? undefined,
  };
}

function paidOutput(
  network: Network,
  { address, value, timelock, token_uid: uid }: z.infer<typeof outputSchema>,
): PaidOutput {
  const lock = timelock === null || timelock === 0 ? undefined : timelock;
  const script = scriptOfAddress(network, addressBytes(address), lock);
  if (script === undefined) throw new BadRequest(invalidAddress(address));
  if (value <= 0n || value > MAX_AMOUNT) throw new BadRequest("Invalid value for output");
  const bytes = hexBytes(uid === null || uid === undefined || uid === "" ? HTR_UID : uid);
  const token = bytes && tokenUidOf(bytes);
  if (token === undefined) throw new BadRequest("Invalid token uid");
  return { script, value, token };
}

function addressBytes(address: string): Uint8Array {
  try {
    return decodeAddress(address);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new BadRequest(invalidAddress(address));
  }
}

/** The refusal of an input that the wallet cannot spend. */
export function invalidInput(): BadRequest {
  return new BadRequest("Invalid input to create transaction");
}
