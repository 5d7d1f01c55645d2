const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

const DIGITS: Readonly<Record<string, number>> = Object.fromEntries(
  [...ALPHABET].map((character, digit) => [character, digit]),
);

/** `bytes` in base58 with Bitcoin's alphabet: a leading zero byte is a leading `1`. */
export function base58Encode(bytes: Uint8Array): string {
  let zeros = 0;
  while (bytes[zeros] === 0) zeros++;
  // Base 58 digits, the least significant first.
  const digits: number[] = [];
  for (let at = zeros; at < bytes.length; at++) {
    let carry = bytes[at] ?? 0;
    for (let place = 0; place < digits.length; place++) {
      carry += (digits[place] ?? 0) << 8;
      digits[place] = carry % 58;
      carry = (carry / 58) | 0;
    }
    for (; carry > 0; carry = (carry / 58) | 0) digits.push(carry % 58);
  }
  let text = ALPHABET.charAt(0).repeat(zeros);
  for (let place = digits.length - 1; place >= 0; place--) {
    text += ALPHABET.charAt(digits[place] ?? 0);
  }
  return text;
}

/** A character that is not base58. */
export class Base58Error extends Error {
  override readonly name = "Base58Error";
  constructor(readonly character: string) {
    super(`Invalid character ${character}`);
  }
}

/**
 * Characters that are decoded at the most: the work grows with their square. An extended public key,
 * the longest of what is written in base58, has 111.
 */
const MOST_CHARS = 128;

/** Text of more characters than anything has that is written in base58. */
export class Base58LengthError extends Error {
  override readonly name = "Base58LengthError";
  /** @param bytes how many bytes it stands for */
  constructor(readonly bytes: number) {
    super(`Base58 of ${bytes} bytes`);
  }
}

const STRANGER = /[^1-9A-HJ-NP-Za-km-z]/u;

/**
 * The bytes of base58 text, with white space after it taken off as Python's `base58` does.
 *
 * @throws {Base58Error} at the first character outside the alphabet
 * @throws {Base58LengthError} there are more than {@link MOST_CHARS}
 */
export function base58Decode(text: string): Uint8Array<ArrayBuffer> {
  const digits = withoutSpace(text);
  const stranger = STRANGER.exec(digits)?.[0];
  if (stranger !== undefined) throw new Base58Error(stranger);
  let zeros = 0;
  while (digits[zeros] === "1") zeros++;
  if (digits.length > MOST_CHARS) throw new Base58LengthError(zeros + byteCount(digits, zeros));
  const limbs = limbsOf(digits, zeros);
  const bytes: number[] = [];
  limbs.forEach((limb) => bytes.push(limb & 0xff, (limb >> 8) & 0xff, limb >> 16));
  while (bytes.at(-1) === 0) bytes.pop();
  const out = new Uint8Array(zeros + bytes.length);
  bytes.forEach((byte, place) => out[out.length - 1 - place] = byte);
  return out;
}

/** How many bytes the digits from `start` on stand for, told by the first of them. */
function byteCount(digits: string, start: number): number {
  const first = digits.slice(start, start + 8);
  if (first === "") return 0;
  let lead = 0;
  for (const character of first) lead = lead * 58 + (DIGITS[character] ?? 0);
  const rest = digits.length - start - first.length;
  return Math.floor((Math.log(lead) + rest * Math.log(58)) / Math.log(256)) + 1;
}

/** The text without the white space at its end; an expression would try each run of it anew. */
function withoutSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Whether it is what Python takes off bytes: a space, or a tab up to a carriage return. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** How many digits are taken at once, so that their value times a limb is below 2^53. */
const STEP = 4;

/** The number that the digits from `start` on stand for, in limbs of 24 bits, the lowest first. */
function limbsOf(digits: string, start: number): number[] {
  const limbs: number[] = [];
  for (let at = start; at < digits.length; at += STEP) {
    let carry = 0;
    let scale = 1;
    for (const character of digits.slice(at, at + STEP)) {
      carry = carry * 58 + (DIGITS[character] ?? 0);
      scale *= 58;
    }
    for (let place = 0; place < limbs.length; place++) {
      carry += (limbs[place] ?? 0) * scale;
      limbs[place] = carry % 0x100_0000;
      carry = Math.floor(carry / 0x100_0000);
    }
    if (carry > 0) limbs.push(carry);
  }
  return limbs;
}
