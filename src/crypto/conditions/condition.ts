import { base64UrlEncode } from "../base64url.ts";
import { der, DerError, DerReader, derUint } from "./der.ts";

/** The types of crypto-conditions by their number, which is also the number of their tag. */
const CONDITION_TYPES = [
  "preimage-sha-256",
  "prefix-sha-256",
  "threshold-sha-256",
  "rsa-sha-256",
  "ed25519-sha-256",
] as const;

export type ConditionType = (typeof CONDITION_TYPES)[number];

/** What can be said of a condition without its fulfillment (draft-thomas-crypto-conditions-03). */
export class Condition {
  #der: Uint8Array | undefined;
  #uri: string | undefined;

  /**
   * @param fingerprint SHA-256 of the fingerprint contents
   * @param cost an estimate of what verifying a fulfillment costs, at most {@link MAX_COST}
   * @param subtypes the other types inside it; only prefix and threshold conditions have any
   */
  constructor(
    readonly type: ConditionType,
    readonly fingerprint: Uint8Array,
    readonly cost: number,
    readonly subtypes: ReadonlySet<ConditionType>,
  ) {}

  /** `ni:///sha-256;<fingerprint>?fpt=<type>&cost=<n>[&subtypes=<types>]`. */
  get uri(): string {
    return this.#uri ??= this.#makeUri();
  }

  /** The condition in DER. */
  get der(): Uint8Array {
    return this.#der ??= encodeCondition(this);
  }

  #makeUri(): string {
    const name = base64UrlEncode(this.fingerprint);
    const uri = `ni:///sha-256;${name}?fpt=${this.type}&cost=${this.cost}`;
    if (!isCompound(this.type)) return uri;
    return `${uri}&subtypes=${[...this.subtypes].sort().join(",")}`;
  }
}

/** A condition's cost is an unsigned integer of 32 bits. */
export const MAX_COST = 0xffff_ffff;

const CONSTRUCTED = 0xa0;

function encodeCondition(condition: Condition): Uint8Array {
  const parts = [der(0x80, condition.fingerprint), derUint(0x81, condition.cost)];
  if (isCompound(condition.type)) parts.push(der(0x82, subtypeBits(condition.subtypes)));
  return der(CONSTRUCTED | CONDITION_TYPES.indexOf(condition.type), ...parts);
}

/**
 * The next value of `reader` as a condition.
 *
 * @throws {DerError}
 */
export function readCondition(reader: DerReader): Condition {
  const tag = reader.peek();
  const type = CONDITION_TYPES[tag & 0x1f];
  if (type === undefined || (tag & 0xe0) !== CONSTRUCTED) throw new DerError("no condition");
  const fields = new DerReader(reader.read(tag));
  const fingerprint = fields.readFixed(0x80, 32);
  const cost = fields.readUint32(0x81);
  const subtypes = isCompound(type) ? readSubtypes(fields.read(0x82)) : new Set<ConditionType>();
  fields.finish();
  return new Condition(type, fingerprint, cost, subtypes);
}

function isCompound(type: ConditionType): boolean {
  return type === "threshold-sha-256" || type === "prefix-sha-256";
}

/** The contents of a BIT STRING with bit n for type n and no zero bits at its end. */
function subtypeBits(subtypes: ReadonlySet<ConditionType>): Uint8Array {
  let bits = 0;
  let last = -1;
  CONDITION_TYPES.forEach((type, bit) => {
    if (!subtypes.has(type)) return;
    bits |= 0x80 >> bit;
    last = bit;
  });
  return last < 0 ? new Uint8Array([0]) : new Uint8Array([7 - last, bits]);
}

function readSubtypes(contents: Uint8Array): Set<ConditionType> {
  const unused = contents[0];
  if (unused === undefined || unused > 7) throw new DerError("no bit string");
  const count = (contents.length - 1) * 8 - unused;
  const bits = contents[1] ?? 0;
  return new Set(CONDITION_TYPES.filter((_, bit) => bit < count && (bits & (0x80 >> bit)) !== 0));
}
