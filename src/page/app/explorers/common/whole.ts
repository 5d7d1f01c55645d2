/** An integer of JSON: a bigint where a number would lose digits of it. */
export type Whole = number | bigint;

/** What a reviver is told of a value by browsers that tell where it came from. */
interface Origin {
  readonly source?: string;
}

/** Parses JSON; integers that a number cannot hold are bigints, where the browser can tell. */
export function parseExact<T>(text: string): T {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const revive = (_: string, value: unknown, origin?: Origin) => {
    const isLarge = typeof value === "number" && !Number.isSafeInteger(value);
    const source = origin?.source ?? "";
    return isLarge && /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive);
}

/** An integer with its thousands apart, and a point before so many of its last digits. */
export function amountText(value: Whole, decimals = 0): string {
  const digits = `${value < 0 ? -BigInt(value) : value}`.padStart(decimals + 1, "0");
  const whole = BigInt(digits.slice(0, digits.length - decimals)).toLocaleString("en");
  const rest = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return `${value < 0 ? "−" : ""}${whole}${rest}`;
}
