import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { atOnce } from "../../../../src/kernel/steps.ts";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { Log } from "../../../../src/log/log.ts";
import { PyJsonWriteError, valueAt } from "../../../../src/python/json.ts";
import {
  type EventFacts,
  factsOf,
  readEvent,
} from "../../../../src/ledgers/hierachain/event/event_facts.ts";
import { parseEventRequest } from "../event_request.ts";
import { entrySteps, RuleViolationError } from "../../../../src/ledgers/hierachain/event/entry.ts";
import {
  entityEvents,
  entityOffsets,
} from "../../../../src/ledgers/hierachain/chain/entity_index.ts";
import { HieraChainService } from "../../../../src/ledgers/hierachain/chain/service.ts";
import { readBlockData } from "../../../../src/ledgers/hierachain/block/block_data.ts";
import { buildingEvent } from "../../../../src/ledgers/hierachain/event/stored_event.ts";
import { stateOf } from "../../../../src/ledgers/hierachain/chain/queries.ts";
import { MAIN_CHAIN } from "../../../../src/ledgers/hierachain/chain/names.ts";
import { BLOCK_TYPE } from "../../../../src/ledgers/hierachain/event/event_types.ts";
import { oddJson, oddObject, oddText } from "../../../support/odd_json.ts";

const object = fc.oneof(
  { weight: 4, arbitrary: oddObject },
  { weight: 1, arbitrary: oddJson },
);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('"e"', '"\\u00e9\\ud83d\\ude00"', '"<&>"', '"10"') },
  { weight: 4, arbitrary: oddText },
  { weight: 1, arbitrary: oddJson },
);

/** A body of an event with odd things in all places. */
const body = fc.record({
  entity_id: name,
  event_type: name,
  details: object,
  details_cid: fc.constantFrom("null", `"Qm${"a".repeat(44)}"`, `"b${"\u{1f600}".repeat(46)}"`),
  details_nonce: fc.constantFrom("null", `"${"0".repeat(24)}"`, '" 00"'),
  details_metadata: object,
  sender: fc.constantFrom("null", `"0x${"0a".repeat(32)}"`, `"${"0a \\t".repeat(32)}"`),
}, { requiredKeys: ["entity_id", "event_type"] }).map((members) =>
  `{${Object.entries(members).map(([name, text]) => `"${name}":${text}`).join(",")}}`
);

Deno.test("every event that is taken is read again as what it was taken for", () => {
  let accepted = 0;
  fc.assert(
    fc.property(body, fc.boolean(), (text, escapeHtml) => {
      const parsed = parseEventRequest(new TextEncoder().encode(text), "application/json");
      if (!parsed.ok) return;
      let entry;
      try {
        entry = atOnce(
          entrySteps(
            "c",
            atOnce(buildingEvent(parsed.request, 1_700_000_000.5, { escapeHtml })),
            1.5,
          ),
        );
      } catch (error) {
        assert(error instanceof RuleViolationError || error instanceof PyJsonWriteError);
        return;
      }
      accepted++;
      assert(typeof entry.data === "string" && entry.data.isWellFormed());
      assertEquals(factsOf(entry.data), entry.memo as EventFacts);
      // For clients whose JSON knows no more than JavaScript's.
      JSON.parse(entry.data);
    }),
    { numRuns: 3_000 },
  );
  assert(accepted > 500, `${accepted} were taken`);
});

Deno.test("a ledger that took odd events tells them all, in every chain of it, and has the rows that its log says", async () => {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection });
  const service = await HieraChainService.open(log, systemClock, true);
  await service.start();
  let appended = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("a", "b_-9"), oddText, body, async (chain, domain, text) => {
      const type = String(JSON.parse(domain)).toWellFormed().slice(0, 200);
      await service.createSubChain(chain, type);
      const parsed = parseEventRequest(new TextEncoder().encode(text), "application/json");
      if (!parsed.ok) return;
      try {
        await service.append(chain, [parsed.request]);
        appended++;
      } catch (error) {
        const isRefused = error instanceof RuleViolationError || error instanceof LedgerError ||
          error instanceof PyJsonWriteError;
        assert(isRefused, String(error));
      }
    }),
    { numRuns: 300 },
  );
  assert(appended > 50, `${appended} were taken`);
  const plain = parseEventRequest('{"entity_id":"e","event_type":"t"}', "application/json");
  assert(plain.ok);
  for (const chain of ["a", "b_-9"]) {
    await service.append(chain, new Array(50).fill(plain.request));
    await service.submitProof(chain);
  }
  for (const name of [MAIN_CHAIN, "a", "b_-9"]) {
    const chain = service.chain(name);
    const entities = new Map<string, string[]>();
    for (const { type, data } of await chain.read(0, 10_000)) {
      if (type === BLOCK_TYPE) {
        assert(readBlockData(String(data)).hash.length === 64);
        continue;
      }
      const entity = valueAt(readEvent(String(data)), "entity_id");
      assert(typeof entity === "string");
      entities.set(entity, [...entities.get(entity) ?? [], String(data)]);
    }
    // Each entity is found by what it is called, and has its own events alone.
    const state = await stateOf(chain);
    assert(state !== undefined);
    for (const [entity, texts] of entities) {
      const offsets = await entityOffsets(chain, state, entity, 10_000);
      const found = await Array.fromAsync(entityEvents(chain, offsets, entity));
      assertEquals(found.map(({ text }) => text), texts);
    }
    assertEquals(await chain.compareRows(), undefined);
  }
  await service.stop();
  await log.close();
  store.close();
});
