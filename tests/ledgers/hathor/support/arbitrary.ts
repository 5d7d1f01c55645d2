import fc from "fast-check";
import type { AuxPow } from "../../../../src/ledgers/hathor/vertex/aux_pow.ts";
import { type Header, HeaderId } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import { type VertexFields, VertexVersion } from "../../../../src/ledgers/hathor/vertex/vertex.ts";

const byte = fc.nat(255);
const u32 = fc.nat(0xffff_ffff);

function bytes(maxLength: number, minLength = 0): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength });
}

const hash = bytes(32, 32).map((value) => value.toHex());
const amount = fc.oneof(
  fc.bigInt({ min: 1n, max: 1000n }),
  fc.bigInt({ min: 2n ** 31n - 2n, max: 2n ** 31n + 2n }),
  fc.bigInt({ min: 1n, max: 2n ** 63n }),
);

const output = fc.record({ value: amount, tokenData: byte, script: bytes(300) });
const input = fc.record({ txId: hash, index: byte, data: bytes(300) });

const common = {
  signalBits: byte,
  outputs: fc.array(output, { maxLength: 5 }),
  weight: fc.double({ noNaN: true }),
  timestamp: u32,
  parents: fc.array(hash, { maxLength: 4 }),
};

const auxPow: fc.Arbitrary<AuxPow> = fc.record({
  headerHead: bytes(36, 36),
  coinbaseHead: bytes(300),
  coinbaseTail: bytes(300),
  merklePath: fc.array(bytes(32, 32), { maxLength: 14 }),
  headerTail: bytes(12, 12),
});

const nano: fc.Arbitrary<Header> = fc.record({
  id: fc.constant(HeaderId.nano),
  contractId: hash,
  sequence: fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }),
  method: fc.string({ unit: "grapheme-ascii", maxLength: 20 }),
  arguments: bytes(300),
  actions: fc.array(
    fc.record({ type: fc.integer({ min: 1, max: 4 }), tokenIndex: byte, amount }),
    { maxLength: 3 },
  ),
  address: bytes(25, 25),
  script: bytes(300),
});

const shielded = {
  commitment: bytes(33, 33),
  rangeProof: bytes(100),
  script: bytes(100),
  ephemeralKey: bytes(33, 33),
};

const header: fc.Arbitrary<Header> = fc.oneof(
  nano,
  fc.record({
    id: fc.constant(HeaderId.fee),
    fees: fc.array(fc.record({ tokenIndex: byte, amount }), { maxLength: 4 }),
  }),
  fc.record({
    id: fc.constant(HeaderId.shieldedOutputs),
    outputs: fc.array(
      fc.oneof(
        fc.record({ ...shielded, mode: fc.constant(1 as const), tokenData: byte }),
        fc.record({
          ...shielded,
          mode: fc.constant(2 as const),
          assetCommitment: bytes(33, 33),
          surjectionProof: bytes(100),
        }),
      ),
      { minLength: 1, maxLength: 2 },
    ),
  }),
  fc.record({
    id: fc.constant(HeaderId.unshieldBalance),
    excessBlindingFactor: bytes(32, 32),
  }),
);

const spending = {
  ...common,
  inputs: fc.array(input, { maxLength: 4 }),
  nonce: u32,
  headers: fc.array(header, { maxLength: 3 }),
};

const text = fc.string({ unit: "binary", maxLength: 30 });

/** Any vertex that can be written, whether the rules take it or not. */
export const anyVertex: fc.Arbitrary<VertexFields> = fc.oneof(
  fc.record({
    version: fc.constant(VertexVersion.block),
    ...common,
    data: bytes(255),
    nonce: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  }),
  fc.record({
    version: fc.constant(VertexVersion.mergeMinedBlock),
    ...common,
    data: bytes(100),
    auxPow,
  }),
  fc.record({
    version: fc.constant(VertexVersion.transaction),
    ...spending,
    tokens: fc.array(hash, { maxLength: 4 }),
  }),
  fc.record({
    version: fc.constant(VertexVersion.tokenCreation),
    ...spending,
    tokenVersion: fc.constantFrom(0 as const, 1 as const, 2 as const),
    tokenName: text,
    tokenSymbol: text,
  }),
  fc.record({
    version: fc.constant(VertexVersion.onChainBlueprint),
    ...spending,
    tokens: fc.array(hash, { maxLength: 2 }),
    code: bytes(500),
    publicKey: bytes(33),
    signature: bytes(72),
  }),
);
