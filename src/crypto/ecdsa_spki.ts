import { Buffer } from "node:buffer";
import { createHash, createPublicKey, verify } from "node:crypto";
import { ecdsa, weierstrass } from "@noble/curves/abstract/weierstrass";
import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from "@noble/curves/misc";
import { p521 } from "@noble/curves/nist";
import { secp256k1 } from "@noble/curves/secp256k1";
import { sha256 } from "@noble/hashes/sha2";

/** P-192, as FIPS 186-4 has it. */
const p192 = ecdsa(
  weierstrass({
    p: 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_ffff_ffff_ffff_ffffn,
    n: 0xffff_ffff_ffff_ffff_ffff_ffff_99de_f836_146b_c9b1_b4d2_2831n,
    h: 1n,
    a: 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_ffff_ffff_ffff_fffcn,
    b: 0x6421_0519_e59c_80e7_0fa7_e9ab_7224_3049_feb8_deec_c146_b9b1n,
    Gx: 0x188d_a80e_b030_90f6_7cbf_20eb_43a1_8800_f4ff_0afd_82ff_1012n,
    Gy: 0x0719_2b95_ffc8_da78_6310_11ed_6b24_cdd5_73f9_77a1_1e79_4811n,
  }),
  sha256,
);

/** The name of a key of an elliptic curve, in DER. */
const ALGORITHM = "06072a8648ce3d0201";

/** A curve, unless the runtime has it right everywhere. */
type Portable = Pick<typeof p521, "verify">;

/** Curves by the bytes of their objects' names, with those of a coordinate. */
const CURVES: readonly (readonly [oid: string, size: number, portable?: Portable])[] = [
  ["2a8648ce3d030101", 24, p192],
  ["2b81040021", 28], // P-224
  ["2a8648ce3d030107", 32], // P-256
  ["2b81040022", 48], // P-384
  ["2b81040023", 66, p521],
  ["2b8104000a", 32, secp256k1],
  ["2b2403030208010107", 32, brainpoolP256r1],
  ["2b240303020801010b", 48, brainpoolP384r1],
  ["2b240303020801010d", 64, brainpoolP512r1],
];

/** How keys begin, whose points are given whole or by one coordinate, up to the point. */
const HEADS: ReadonlyMap<string, Portable | undefined> = new Map(
  CURVES.flatMap(([oid, size, portable]) =>
    [size + 1, 2 * size + 1].map((point) => [headOf(oid, point), portable] as const)
  ),
);
const HEAD_LENGTHS: readonly number[] = [...new Set([...HEADS.keys()].map(({ length }) => length))];

const COMPRESSED: readonly number[] = [2, 3];
const WHOLE = 4;
/** Whole, and with the mark of what is compressed beside. */
const HYBRID: readonly number[] = [6, 7];

/**
 * Whether `signature`, in DER, is one of ECDSA with SHA-256 over `message` by a key in DER
 * (SubjectPublicKeyInfo): of the NIST's curves over primes, secp256k1 and Brainpool's.
 */
export function verifyEcdsaSpki(
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const at = headLength(spki);
  const point = at === undefined ? undefined : plainPoint(spki.subarray(at));
  if (at === undefined || point === undefined) return false;
  const head = spki.subarray(0, at);
  const portable = HEADS.get(head.toHex());
  try {
    if (portable !== undefined) {
      const hash = createHash("sha256").update(message).digest();
      const options = { prehash: false, lowS: false, format: "der" } as const;
      return portable.verify(signature, hash, point, options);
    }
    const key = createPublicKey({ key: Buffer.concat([head, point]), format: "der", type: "spki" });
    return verify("sha256", message, key, signature);
  } catch {
    // No point of its curve, or no signature.
    return false;
  }
}

/** Where the point of a key begins; undefined where nothing of the known begins it. */
function headLength(spki: Uint8Array): number | undefined {
  return HEAD_LENGTHS.map((length) => length / 2)
    .find((length) => HEADS.has(spki.subarray(0, length).toHex()));
}

/** A point as every library reads it; undefined for what is none. */
function plainPoint(point: Uint8Array): Uint8Array | undefined {
  const [form] = point;
  if (form === undefined) return undefined;
  if (form === WHOLE || COMPRESSED.includes(form)) return point;
  const isHybrid = HYBRID.includes(form) && ((point.at(-1) ?? 0) & 1) === (form & 1);
  return isHybrid ? point.with(0, WHOLE) : undefined;
}

function headOf(oid: string, point: number): string {
  const algorithm = sequence(`${ALGORITHM}06${lengthHex(oid.length / 2)}${oid}`);
  const bits = `03${lengthHex(point + 1)}00`;
  return `30${lengthHex((algorithm.length + bits.length) / 2 + point)}${algorithm}${bits}`;
}

function sequence(body: string): string {
  return `30${lengthHex(body.length / 2)}${body}`;
}

/** A length below 256, in DER. */
function lengthHex(length: number): string {
  const hex = length.toString(16).padStart(2, "0");
  return length < 0x80 ? hex : `81${hex}`;
}
