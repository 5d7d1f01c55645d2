/**
 * The library of property tests, with one seed for all: a run that fails fails again, and what is
 * tried is the same on every machine. `LEDGER_PROPERTY_SEED` is another one, or `random`.
 */
import fc from "fast-check-library";

const SEED = 20_261_128;

const asked = Deno.env.get("LEDGER_PROPERTY_SEED") ?? `${SEED}`;
if (asked !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(asked) });

export default fc;
export * from "fast-check-library";
