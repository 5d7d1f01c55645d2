import { assert, assertEquals } from "@std/assert";
import {
  entriesOf,
  isPyObject,
  keysOf,
  type PyJson,
  type PyObject,
  pyObject,
  valueAt,
} from "../../../src/python/json.ts";
import { canonicalTexts } from "../../../src/ledgers/shared_bigchaindb/transaction/canonical.ts";
import { sha3Hex } from "../../../src/crypto/hash.ts";
import { jsonifyBody } from "../../../src/ledgers/shared_bigchaindb/http/json_bodies.ts";
import { answer, emptyState, parsed, type Rules } from "./rules.ts";
import { objectsAt, readVectors, textAt } from "../../support/vectors.ts";

type Path = readonly PyJson[];

/** `value` with what is at `path` set, or, without a new value, taken out. */
function changed(value: PyJson, path: Path, to: PyJson | undefined): PyJson {
  const [step, ...rest] = path;
  if (step === undefined) return to ?? null;
  const isLast = rest.length === 0;
  if (Array.isArray(value)) {
    const items: PyJson[] = [...value];
    const at = Number(step);
    if (isLast && to === undefined) items.splice(at, 1);
    else items[at] = isLast ? to ?? null : changed(items[at] ?? null, rest, to);
    return items;
  }
  assert(isPyObject(value) && typeof step === "string");
  const names = keysOf(value).includes(step) ? keysOf(value) : [...keysOf(value), step];
  const kept = names.filter((name) => name !== step || !isLast || to !== undefined);
  return pyObject(kept.map((name) => {
    const old = valueAt(value, name) ?? null;
    if (name !== step) return [name, old];
    return [name, isLast ? to ?? null : changed(old, rest, to)];
  }));
}

/**
 * Runs the cases of a file of changed transactions: each is a base with a few changes, hashed
 * again, and what the original said of it.
 */
export async function checkChanged(rules: Rules, fileName: string): Promise<void> {
  const file = readVectors(fileName);
  const validators = valueAt(file, "validators");
  assert(Array.isArray(validators));
  const state = emptyState(
    validators.map((each: PyJson[]) => ({ publicKey: String(each[0]), power: Number(each[1]) })),
  );
  for (const tx of objectsAt(file, "committed")) state.add(parsed(rules, tx));
  const bases = objectsAt(file, "bases");
  const cases = objectsAt(file, "cases");
  assert(cases.length > 300);
  for (const each of cases) {
    const id = valueAt(each, "id");
    const tx = rehashed(changedBase(bases, each), typeof id === "string" ? id : undefined);
    const result = textAt(each, "result");
    if (result === "parsed") {
      parsed(rules, tx);
      continue;
    }
    const given = await answer(rules, tx, state);
    const what = JSON.stringify(valueAt(each, "changes"));
    if (result.startsWith("500 ")) {
      assert(given.status === 400 || given.status === 401, `${what}: ${result}`);
    } else if (result === "ok") {
      assertEquals(given.status, 202, what + given.body);
    } else {
      const status = result.startsWith("Invalid transaction version") ? 401 : 400;
      assertEquals(given.body, jsonifyBody({ message: result, status }), what);
    }
  }
}

function changedBase(bases: readonly PyObject[], each: PyObject): PyObject {
  const changes = valueAt(each, "changes");
  assert(Array.isArray(changes));
  let tx: PyJson = bases[Number(valueAt(each, "base"))] ?? null;
  for (const [kind, path, to] of changes) {
    tx = changed(tx, path, kind === "del" ? undefined : to);
  }
  assert(isPyObject(tx));
  return tx;
}

/** With the id that goes with it: as the file has it, or the hash of all the rest. */
function rehashed(tx: PyObject, id = sha3Hex(canonicalTexts(tx).forId)): PyObject {
  return pyObject(entriesOf(tx).map(([name, value]) => [name, name === "id" ? id : value]));
}
