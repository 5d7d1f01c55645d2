import { assertLess } from "@std/assert";

/**
 * How much of something a test does: `short` in the suite, and what the environment says in a run of
 * `deno task soak`.
 */
export function amount(variable: string, short: number): number {
  const given = Number(Deno.env.get(variable) ?? short);
  if (!Number.isFinite(given) || given <= 0) throw new Error(`${variable} is no number`);
  return given;
}

/**
 * Notes how many milliseconds something took, and fails where they are more than `most` in a run of
 * `deno task soak`, which has the machine for itself. The suite asks only that it comes at all.
 */
export function figureWithin(what: string, ms: number, most: number): void {
  figure(what, ms);
  if (Deno.env.has("LEDGER_SOAK_FIGURES")) assertLess(ms, most, what);
}

/** Notes what a test measured, for the table of `deno task soak`. Nothing is done in the suite. */
export function figure(what: string, value: number | string): void {
  const file = Deno.env.get("LEDGER_SOAK_FIGURES");
  if (file === undefined) return;
  const shown = typeof value === "number" ? Math.round(value * 100) / 100 : value;
  Deno.writeTextFileSync(file, `${what} ${shown}\n`, { append: true });
}
