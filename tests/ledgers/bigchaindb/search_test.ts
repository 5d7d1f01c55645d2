import { assertEquals } from "@std/assert";
import { parseQuery } from "../../../src/ledgers/bigchaindb/search/query.ts";
import { withFolder } from "../../support/server.ts";
import { Person, signed } from "../shared_bigchaindb/builder.ts";
import { create, idOf, transfer, withLedger } from "../shared_bigchaindb/ledger_api.ts";

const alice = new Person("alice");

Deno.test("assets and metadata are found by their words", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const assets = [
      { kind: "Bicycle", note: "a fast bicycle for racing" },
      { parts: [{ name: "bicycle bell" }] },
      { kind: "car", note: "Café racer" },
    ];
    const ids: string[] = [];
    for (const data of assets) {
      ids.push(await api.accept(create(alice, data, { metadata: { seen: "in the garden" } })));
    }
    const [first = "", second = "", third = ""] = ids;
    const found = async (search: string, more = "") => {
      const path = `/api/v1/assets?search=${encodeURIComponent(search)}${more}`;
      return (await api.get(path)).map(({ id }: { id: string }) => ids.indexOf(id));
    };
    // Bicycle stands in the first twice, and once alone.
    assertEquals(await found("bicycles"), [0, 1]);
    assertEquals(await found("bicycles", "&limit=1"), [0]);
    assertEquals(await found("bicycle", "&limit=0"), [0, 1]);
    assertEquals(await found("bell cafe"), [1, 2]);
    assertEquals(await found("bicycle -bell"), [0]);
    assertEquals(await found('"bicycle bell"'), [1]);
    assertEquals(await found('bicycle -"fast bicycle"'), [1]);
    assertEquals(await found("the for"), []);
    assertEquals(await found(second), [1]);
    assertEquals(
      await api.text(`/api/v1/assets/?search=caf%C3%A9`),
      `[{"data": {"kind": "car", "note": "Caf\\u00e9 racer"}, "id": "${third}"}]\n`,
    );
    const shown = await api.text("/api/v1/metadata?search=gardens&limit=1");
    assertEquals(shown, `[{"id": "${first}", "metadata": {"seen": "in the garden"}}]\n`);
  });
});

Deno.test("metadata of transfers is searched too, and null data is found by its id alone", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const made = create(alice, null);
    const id = await api.accept(made);
    const moved = transfer(alice, made, [alice.output(1)], { metadata: { why: "a present" } });
    const movedId = await api.accept(moved);
    const metadata = (search: string) => api.get(`/api/v1/metadata?search=${search}`);
    assertEquals(await metadata("presents"), [{ id: movedId, metadata: { why: "a present" } }]);
    assertEquals(await metadata(id), [{ id, metadata: null }]);
    assertEquals(await api.get(`/api/v1/assets?search=${id}`), [{ data: null, id }]);
    assertEquals(await api.get(`/api/v1/assets?search=${movedId}`), []);
  });
});

Deno.test("words are stemmed and scored as MongoDB does", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const texts = ["focused", "focus", "general", "generator", "deployment", "naïve", "item 3ed"];
    const ids: string[] = [];
    for (const text of texts) ids.push(await api.accept(create(alice, { text })));
    const found = async (search: string) =>
      (await api.get(`/api/v1/assets?search=${encodeURIComponent(search)}`))
        .map(({ id }: { id: string }) => texts[ids.indexOf(id)]);
    // A text that is the stem itself counts a tenth more.
    assertEquals(await found("focus"), ["focus", "focused"]);
    assertEquals(await found("generators"), ["generator"]);
    assertEquals(await found("generally"), ["general"]);
    assertEquals(await found("deploy"), ["deployment"]);
    assertEquals(await found("NAIVE"), ["naïve"]);
    assertEquals(await found("3ed"), ["item 3ed"]);
  });
});

Deno.test("text search is switched off and on, and the rows follow", async () => {
  for (const ledger of ["bigchaindb", "planetmint"] as const) {
    await withFolder(async (folder) => {
      const store = `--store=${folder}/ledger.db`;
      const isOld = ledger === "bigchaindb";
      const path = isOld ? "/api/v1/assets?search=boat" : "/api/v1/assets/boat";
      const made = (n: number) =>
        isOld ? create(alice, { text: `boat ${n}` }) : signed({
          operation: "CREATE",
          members: { assets: [{ data: "boat" }], version: "3.0", metadata: `${n}` },
          outputs: [alice.output(1)],
          inputs: [{ by: alice }],
        });
      for (const [n, isOn] of [true, false, false, true, true].entries()) {
        await withLedger(ledger, async ({ api }) => {
          await api.accept(made(n));
          if (isOn) return assertEquals((await api.get(path)).length, n + 1);
          assertEquals(
            await api.text(path, 400),
            '{"message":"(OperationError): text index required for $text query: ' +
              `this server keeps none (${ledger}-text-search=false)","status":400}\n`,
          );
        }, [store, `--${ledger}-text-search=${isOn}`]);
      }
    });
  }
});

Deno.test("a search is read as words, phrases, and what must not be there", () => {
  const { wanted, unwanted, phrases, unwantedPhrases } = parseQuery(
    'Dogs run "Big Cats" -mouse -"small dogs" pre-war',
  );
  assertEquals([...wanted], ["dog", "run", "big", "cat", "pre", "war"]);
  assertEquals([...unwanted], ["mous"]);
  assertEquals([phrases, unwantedPhrases], [["big cats"], ["small dogs"]]);
});

Deno.test("documents that are posted together are each found by the words that they share", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const common = Array.from({ length: 30 }, (_, n) => `commonword${n}`).join(" ");
    const made = Array.from({ length: 60 }, (_, n) => create(alice, { text: `${common} own${n}` }));
    await Promise.all(made.map((tx) => api.accept(tx)));
    const found = async (search: string): Promise<string[]> =>
      (await api.get(`/api/v1/assets?search=${encodeURIComponent(search)}`))
        .map(({ id }: { id: string }) => id);
    assertEquals((await found("commonword7")).toSorted(), made.map(idOf).sort());
    assertEquals(await found("own41"), made.slice(41, 42).map(idOf));
    assertEquals((await found("commonword29 -own41 -own3")).length, 58);
    assertEquals((await found("commonword0 own5"))[0], made.slice(5, 6).map(idOf)[0]);
  });
});
