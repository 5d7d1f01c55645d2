export const ADDRESS = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
export const GENESIS = "00000334a21fbb58b4db8d7ff282d018e03e2977abd3004cf378fb1d677c3967";

/** What arguments may be, beside what they should. */
export const VALUES: readonly string[] = [
  "",
  "9".repeat(60_000),
  "9".repeat(4_300),
  "-1",
  `-${"9".repeat(4_300)}`,
  "1_000",
  "1e400",
  "NaN",
  "Infinity",
  "0x10",
  " ".repeat(30_000),
  `1${" ".repeat(30_000)}x`,
  `${"1_".repeat(20_000)}x`,
  `1.${"0".repeat(30_000)}x`,
  "a".repeat(4_000),
  "ab".repeat(32),
  "ab".repeat(2_000),
  "00",
  GENESIS,
  ADDRESS,
  "1".repeat(200),
  `${ADDRESS}${" ".repeat(20_000)}`,
  "\u0000",
  "é".repeat(5_000),
  "9007199254740993",
  "18446744073709551616",
  "__proto__",
];
