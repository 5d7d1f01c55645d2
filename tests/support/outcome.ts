/** What a run of `deno test` came to. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Tests that were not run, by the reasons that their names tell. */
  readonly skipped: readonly string[];
  /** What `deno test` says of each test that failed, and their names; empty where none did. */
  readonly errors: string;
}

/** How a reason begins that is no fault of a machine: what is asked is not of the edge that is run. */
export const OTHER_EDGE = "Deno.serve cannot";

/** Characters that are told of a run that fell over before it could say what failed. */
const LAST_WORDS = 2_000;

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const SUMMARY = /\| (\d+) passed [^|]*\| (\d+) failed/g;
const ERRORS = /\n ERRORS ?\n([\s\S]*?)\n(?:ok|FAILED) \| \d+ passed/;
const SKIPPED = /\(skipped: (.*)\) \.\.\. ignored/;
const IGNORED = /^(.*) \.\.\. ignored/;

/** Reads the output of `deno test`. A run that fell over before any test failed has failed once. */
export function outcomeOf(output: string, code: number): Outcome {
  const text = output.replaceAll(COLOURS, "");
  const [, passed = "0", failed = "0"] = [...text.matchAll(SUMMARY)].at(-1) ?? [];
  const skipped = text.split("\n").flatMap((line) => {
    const reason = SKIPPED.exec(line)?.[1] ?? IGNORED.exec(line)?.[1];
    return reason === undefined ? [] : [reason];
  });
  return {
    passed: Number(passed),
    failed: code !== 0 && failed === "0" ? 1 : Number(failed),
    skipped,
    errors: ERRORS.exec(text)?.[1] ?? (code === 0 ? "" : text.slice(-LAST_WORDS)),
  };
}

/** Lines that say how many tests were skipped, by reasons. */
export function skippedLines(reasons: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `skipped ${count}: ${reason}`);
}

/** The line that ends a run. */
export function lastLine(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
