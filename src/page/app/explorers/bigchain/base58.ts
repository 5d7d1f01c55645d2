const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Bytes in hex as base58 with Bitcoin's alphabet. */
export function base58OfHex(hex: string): string {
  let text = "";
  for (let value = BigInt(`0x0${hex}`); value > 0n; value /= 58n) {
    text = `${DIGITS[Number(value % 58n)]}${text}`;
  }
  const zeros = /^(?:00)*/.exec(hex)?.[0].length ?? 0;
  return "1".repeat(zeros / 2) + text;
}
