/** The constants of SHA-256 (FIPS 180-4): roots of the first primes. */
const PRIMES = firstPrimes(64);
export const ROUND: readonly number[] = PRIMES.map((prime) => fractionOf(Math.cbrt(prime)));
export const START: readonly number[] = PRIMES.slice(0, 8)
  .map((prime) => fractionOf(Math.sqrt(prime)));

/** The state of SHA-256 after the first block of 64 bytes: eight words as signed integers. */
export function firstState(block: Uint8Array): number[] {
  const view = new DataView(block.buffer, block.byteOffset, 64);
  const words = Array.from({ length: 16 }, (_, word) => view.getInt32(4 * word));
  const at = (word: number) => words[word] ?? 0;
  for (let i = 16; i < 64; i++) {
    const [w15, w2] = [at(i - 15), at(i - 2)];
    const s0 = turn(w15, 7) ^ turn(w15, 18) ^ w15 >>> 3;
    const s1 = turn(w2, 17) ^ turn(w2, 19) ^ w2 >>> 10;
    words.push((at(i - 16) + s0 + at(i - 7) + s1) | 0);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = START;
  for (const [i, constant] of ROUND.entries()) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + constant + at(i);
    const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + (START[i] ?? 0)) | 0);
}

function turn(word: number, bits: number): number {
  return word >>> bits | word << (32 - bits);
}

/** The first 32 bits of a number's fraction. */
function fractionOf(root: number): number {
  return (root - Math.floor(root)) * 2 ** 32 | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}
