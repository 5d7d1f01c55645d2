import { z } from "zod";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { addressOfScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { sighashOf } from "../../../../src/ledgers/hathor/vertex/sighash.ts";
import {
  type BlockFields,
  type TransactionFields,
  type Vertex,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { mined } from "./mined.ts";
import { Signer } from "./wallet_keys.ts";

/** What an event tells of a vertex: all but the data of its inputs. */
export const shape = z.object({
  hash: z.string(),
  version: z.union([z.literal(VertexVersion.block), z.literal(VertexVersion.transaction)]),
  signal_bits: z.number(),
  timestamp: z.number(),
  weight: z.number(),
  parents: z.array(z.string()),
  tokens: z.array(z.string()),
  inputs: z.array(z.object({ tx_id: z.string(), index: z.number() })),
  outputs: z.array(z.object({ value: z.number(), token_data: z.number(), script: z.base64() })),
});
type Shape = z.infer<typeof shape>;

type Fields = BlockFields | TransactionFields;

/** Digits that a hash has in common with the recorded one: they put equals in the same order. */
const DIGITS = 2;

/**
 * Vertices like recorded ones of which only events are left: the same but for the signatures, which
 * the same keys make anew, and so for their hashes.
 */
export class Likeness {
  readonly #network: Network;
  readonly #signer: Signer;
  /** Ours by the recorded hash, and the recorded hash by ours. */
  readonly #ours = new Map<string, Vertex>();
  readonly #recorded = new Map<string, string>();

  constructor(network: Network) {
    this.#network = network;
    this.#signer = new Signer(network);
    const { block, tx1, tx2 } = genesisOf(network);
    for (const vertex of [block, tx1, tx2]) this.add(vertex.hash, vertex);
  }

  /** Notes one whose bytes are known. */
  add(recorded: string, vertex: Vertex): void {
    this.#ours.set(recorded, vertex);
    this.#recorded.set(vertex.hash, recorded);
  }

  /** A vertex like a recorded one. */
  make(recorded: Shape): Vertex {
    const fields = this.#fieldsOf(recorded);
    const prefix = recorded.hash.slice(0, DIGITS);
    const vertex = mined((nonce) => sealed(fields, nonce), { prefix });
    this.add(recorded.hash, vertex);
    return vertex;
  }

  /** A text of ours with the recorded hashes. */
  asRecorded(text: string): string {
    return text.replace(/\b[0-9a-f]{64}\b/g, (hash) => this.#recorded.get(hash) ?? hash);
  }

  #vertex(recorded: string): Vertex {
    const vertex = this.#ours.get(recorded);
    if (vertex === undefined) throw new RangeError(`${recorded} is not made yet`);
    return vertex;
  }

  #fieldsOf(recorded: Shape): Fields {
    const common = {
      signalBits: recorded.signal_bits,
      timestamp: recorded.timestamp,
      weight: recorded.weight,
      parents: recorded.parents.map((hash) => this.#vertex(hash).hash),
      outputs: recorded.outputs.map(({ value, token_data, script }) => ({
        value: BigInt(value),
        tokenData: token_data,
        script: Uint8Array.fromBase64(script),
      })),
      nonce: 0,
    };
    if (recorded.version === VertexVersion.block) {
      return { ...common, version: recorded.version, data: new Uint8Array(), nonce: 0n };
    }
    return this.#signed({
      ...common,
      version: recorded.version,
      tokens: recorded.tokens.map((hash) => this.#vertex(hash).hash),
      inputs: recorded.inputs.map(({ tx_id, index }) => ({
        txId: this.#vertex(tx_id).hash,
        index,
        data: new Uint8Array(),
      })),
      headers: [],
    }, recorded);
  }

  #signed(tx: TransactionFields, { inputs }: Shape): TransactionFields {
    const sighash = sighashOf(tx);
    return {
      ...tx,
      inputs: tx.inputs.map((input, at) => {
        const script = this.#vertex(inputs[at]?.tx_id ?? "").outputs[input.index]?.script;
        const address = addressOfScript(this.#network, script ?? new Uint8Array()) ?? "";
        return { ...input, data: this.#signer.sign(address, sighash) };
      }),
    };
  }
}

function sealed(fields: Fields, nonce: number): Vertex {
  return fields.version === VertexVersion.block
    ? sealVertex({ ...fields, nonce: BigInt(nonce) })
    : sealVertex({ ...fields, nonce });
}
