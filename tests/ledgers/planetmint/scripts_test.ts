import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../../src/kernel/clock.ts";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { checkOutput } from "../../../src/ledgers/planetmint/scripts/script.ts";
import { ScriptThread } from "../../../src/ledgers/planetmint/scripts/script_thread.ts";
import { pyEquals } from "../../../src/python/equal.ts";
import { PyFloat, type PyJson, type PyObject } from "../../../src/python/json.ts";
import { parsePyJson } from "../../../src/python/json_parse.ts";
import { Person, signed } from "../shared_bigchaindb/builder.ts";
import { withLedger } from "../shared_bigchaindb/ledger_api.ts";

const alice = new Person("alice");

/** What the drivers of Planetmint test with. */
const CODE = `
    Scenario 'test': Script verifies input
    Given that I have a 'string dictionary' named 'houses'
    Then print the string 'ok'
`;
const INPUTS = {
  houses: [{ name: "Harry", team: "Gryffindor" }, { name: "Draco", team: "Slytherin" }],
};
const FAILED = "Invalid transaction (ValueError): `script` input to output validation failed";

function script(
  code: string,
  inputs: PyJson,
  outputs: PyJson,
  more: Readonly<Record<string, PyJson>> = {},
): PyObject {
  return { code, inputs, outputs, state: "d".repeat(64), policies: {}, ...more };
}

function create(posted: PyJson, version = "3.0"): PyObject {
  const asset = version === "3.0" ? "assets" : "asset";
  const members = {
    [asset]: version === "3.0" ? [{ data: "Qm" }] : { data: "Qm" },
    version,
    script: posted,
  };
  return signed({
    operation: "CREATE",
    members,
    outputs: [alice.output(1)],
    inputs: [{ by: alice }],
  });
}

Deno.test("a transaction is taken where its script comes to what it promises", async () => {
  await withLedger("planetmint", async ({ api, stream }) => {
    const told = await stream("valid_transactions");
    const right = create(script(CODE, INPUTS, ["ok"]));
    const id = await api.accept(right);
    const shown = await api.text(`/api/v1/transactions/${id}`);
    assertEquals(
      JSON.parse(shown).script,
      JSON.parse(JSON.stringify(script(CODE, INPUTS, ["ok"]))),
    );
    assertEquals(await told.ids(1), [id]);
    const words = "Given I have a 'string array' named 'words'\nThen print the 'words'";
    await api.accept(create(script(words, { words: ["é", "b"] }, { words: ["é", "b"] })));
    for (
      const [code, inputs, outputs] of [
        [CODE, INPUTS, ["not ok"]],
        [CODE, {}, ["ok"]],
        ["", {}, []],
        ["Given nothing\nThen fly", {}, ["ok"]],
        [words, { words: ["a"] }, { words: ["b"] }],
      ] as const
    ) assertEquals(await api.refuse(create(script(code, inputs, outputs))), FAILED);
    assertEquals(
      await api.refuse(create(script(CODE, { n: 2n ** 63n }, ["ok"]))),
      "Invalid transaction (ValidationError): Invalid integer 9223372036854775808 in script " +
        "object. An integer cannot exceed 64 bits",
    );
    const old = { code: { type: "zenroom", raw: CODE, parameters: [] }, input: {}, output: [] };
    assertEquals(
      await api.refuse(create({ ...old, state: "d".repeat(64) }, "2.0")),
      "Invalid transaction (KeyError): 'inputs'",
    );
  });
});

Deno.test("a script that wants more memory than it may have fails, and the next is run", async () => {
  const thread = new ScriptThread(systemClock);
  try {
    const huge = "Given nothing\nWhen I create the random object of '200000000' bytes\n" +
      "Then print the 'random object'";
    assertEquals(await thread.run({ code: huge, data: "null" }), undefined);
    const [one, two] = await Promise.all(
      [1, 2].map(() => thread.run({ code: CODE, data: JSON.stringify(INPUTS) })),
    );
    assertEquals([one, two], ['{"output":["ok"]}\n', '{"output":["ok"]}\n']);
  } finally {
    thread.stop();
  }
});

/** A module that begins, and then does `body` with what it is sent. */
function moduleOf(body: string): URL {
  const text = `onmessage = ({ data }) => { ${body} }; postMessage(null);`;
  return new URL(`data:application/javascript,${encodeURIComponent(text)}`);
}

Deno.test("a script that takes too long is ended, and those behind it are run", async () => {
  const module = moduleOf(`if (data.code === "endless") for (;;); postMessage(data.data);`);
  const thread = new ScriptThread(systemClock, module, 50);
  try {
    const endless = thread.run({ code: "endless", data: "" });
    const short = thread.run({ code: "short", data: "done" });
    assertEquals(await endless, undefined);
    // On a machine with much to do even this one may take its 50 ms: then it is asked again.
    let printed = await short;
    for (let turn = 0; printed === undefined && turn < 1_000; turn++) {
      printed = await thread.run({ code: "short", data: "done" });
    }
    assertEquals(printed, "done");
  } finally {
    thread.stop();
  }
});

Deno.test("a script that breaks the thread fails alone", async () => {
  const module = moduleOf(`if (data.code === "break") throw new Error("x"); postMessage("done");`);
  const thread = new ScriptThread(systemClock, module);
  try {
    const runs = ["break", "short"].map((code) => thread.run({ code, data: "" }));
    assertEquals(await Promise.all(runs), [undefined, "done"]);
  } finally {
    thread.stop();
  }
});

Deno.test("what cannot be run, or not yet, is answered as busy, and a stop ends what waits", async () => {
  const refused = async (run: Promise<unknown>, code: string) => {
    assertEquals((await assertRejects(() => run, LedgerError)).code, code);
  };
  const none = new ScriptThread(systemClock, new URL("./no_such_module.ts", import.meta.url));
  await refused(none.run({ code: "", data: "" }), "store_busy");
  none.stop();
  const thread = new ScriptThread(systemClock, moduleOf(""));
  const waiting = Array.from({ length: 64 }, () => thread.run({ code: "", data: "" }));
  const ends = waiting.map((run) => refused(run, "closed"));
  await refused(thread.run({ code: "", data: "" }), "store_busy");
  thread.stop();
  await Promise.all(ends);
  await refused(thread.run({ code: "", data: "" }), "closed");
});

Deno.test("what a script printed is compared as Python compares it", () => {
  const fits = (printed: string | undefined, outputs: PyJson) => {
    try {
      checkOutput({ code: "", inputs: {}, outputs }, printed);
      return true;
    } catch {
      return false;
    }
  };
  assert(fits('{"output": {"b": 1.0, "a": [true]}}', { a: [1], b: 1 }));
  assert(fits('{"a": 9223372036854775807}', { a: 2n ** 63n - 1n }));
  assert(!fits('{"output": null}', { output: null }));
  assert(!fits('["ok"]', ["ok"]));
  assert(!fits("", []));
  assert(!fits(undefined, []));
  assert(!fits("{", {}));
  const nan = new PyFloat(NaN);
  assert(!pyEquals(nan, nan));
  assert(!pyEquals("1", 1));
  assert(!pyEquals({ a: 1 }, { b: 1 }));
  assert(pyEquals(parsePyJson("[9007199254740993, null]"), [9007199254740993n, null]));
  assert(!pyEquals(parsePyJson("9007199254740993"), new PyFloat(9007199254740992)));
});
