const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** A number of something in a second. */
export function perSecond(value: number): string {
  return value === 0 ? "0" : value < 10 ? TENTHS.format(value) : WHOLE.format(value);
}

/** A number of bytes, as people say it. */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? WHOLE.format(value) : TENTHS.format(value)} ${
    UNITS[unit]
  }`;
}

/** How long something took or is ago, in milliseconds, as one number and its unit. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${WHOLE.format(Math.floor(seconds / 86_400))} d`;
}

/** How long ago a time was, in milliseconds since the epoch. */
export function ago(time: number, now = Date.now()): string {
  const ms = now - time;
  return ms < 1_000 ? "now" : `${duration(ms)} ago`;
}

/** The time of the day with milliseconds, in UTC. */
export function clockTime(time: number): string {
  return new Date(time).toISOString().slice(11, 23);
}

/** A day and a time of it, to the second, in UTC. */
export function dateTime(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}

/** A long text with its middle left out, of `chars` characters at the most. */
export function shortened(text: string, chars = 20): string {
  if (text.length <= chars) return text;
  const end = Math.floor((chars - 1) / 2);
  return `${text.slice(0, chars - 1 - end)}…${text.slice(text.length - end)}`;
}
