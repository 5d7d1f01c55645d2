import { secp256k1 } from "@noble/curves/secp256k1";
import { hash160 } from "../../src/crypto/bitcoin_hash.ts";
import { isSecp256k1Signature, secp256k1Key } from "../../src/crypto/secp256k1.ts";
import { hasWork } from "../../src/ledgers/hathor/rules/work.ts";
import { Op } from "../../src/ledgers/hathor/script/opcodes.ts";
import { buildScript } from "../../src/ledgers/hathor/script/patterns.ts";
import { sealVertex } from "../../src/ledgers/hathor/vertex/seal.ts";
import { sighashOf } from "../../src/ledgers/hathor/vertex/sighash.ts";
import {
  type Transaction,
  type Vertex,
  VertexVersion,
} from "../../src/ledgers/hathor/vertex/vertex.ts";

/** An owner of money that is spent by a signature, as wallets spend it. */
export class Signer {
  readonly #secret = secp256k1.utils.randomSecretKey();
  readonly #point = secp256k1.getPublicKey(this.#secret, true);
  /** What pays to it. */
  readonly script: Uint8Array;

  constructor() {
    const hash = hash160(this.#point);
    this.script = buildScript([Op.dup, Op.hash160, hash, Op.equalVerify, Op.checkSig]);
  }

  /** A payment of all that an output holds, to the same owner. */
  pay(
    { from, index }: { readonly from: Vertex; readonly index: number },
    { parents, timestamp }: { readonly parents: readonly Vertex[]; readonly timestamp: number },
  ): SignedTransaction {
    const unsigned = {
      version: VertexVersion.transaction,
      signalBits: 0,
      tokens: [],
      inputs: [{ txId: from.hash, index, data: new Uint8Array() }],
      outputs: [{ value: from.outputs[index]?.value ?? 0n, tokenData: 0, script: this.script }],
      weight: 1,
      timestamp,
      parents: parents.map(({ hash }) => hash),
      nonce: 0,
      headers: [],
    };
    const sighash = sighashOf(unsigned);
    const signature = secp256k1.sign(sighash, this.#secret, { format: "der" });
    const data = buildScript([signature, this.#point]);
    const inputs = [{ txId: from.hash, index, data }];
    const tx = mined((nonce) => sealVertex({ ...unsigned, inputs, nonce }));
    return { tx, signature, sighash, point: this.#point };
  }
}

/** The first vertex with the work that it says it has. */
export function mined<V extends Vertex>(make: (nonce: number) => V): V {
  for (let nonce = 0;; nonce++) {
    const vertex = make(nonce);
    if (hasWork(vertex.hash, vertex.weight)) return vertex;
  }
}

/** A transaction with what there is to verify of its signature. */
export interface SignedTransaction {
  readonly tx: Transaction;
  readonly signature: Uint8Array;
  readonly sighash: Uint8Array;
  readonly point: Uint8Array;
}

/** How many such signatures are verified per second, and nothing else. */
export function verificationRate(signed: readonly SignedTransaction[]): number {
  const started = performance.now();
  for (const { signature, sighash, point } of signed) {
    const key = secp256k1Key(point);
    const isRight = key !== undefined && isSecp256k1Signature(signature, sighash, key);
    if (!isRight) throw new Error("a signature was not found right");
  }
  return signed.length * 1_000 / (performance.now() - started);
}
