/**
 * Loaded before the tests of a run: a test that waits for what never comes fails by its name, and
 * those after it are run. Deno 2.5.0 knows no such limit.
 */

/** Milliseconds that a test may take: ten times what the longest does. */
const LIMIT_MS = Number(Deno.env.get("LEDGER_TEST_LIMIT_MS") ?? 400_000);

const register = Deno.test;

/** Registers a test, given in any of the forms that `Deno.test` takes. */
function limited(...parts: readonly unknown[]): void {
  const definition: Partial<Deno.TestDefinition> = { timeout: LIMIT_MS };
  for (const part of parts) {
    if (typeof part === "string") definition.name = part;
    // Any function here is a test's: types see to it where it is written.
    else if (typeof part === "function") definition.fn = part as Deno.TestDefinition["fn"];
    else Object.assign(definition, part);
  }
  register({ name: "", fn: () => {}, ...definition });
}

Object.assign(Deno, { test: Object.assign(limited, register) });
