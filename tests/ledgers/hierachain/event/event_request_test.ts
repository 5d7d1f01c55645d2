import { assert, assertEquals } from "@std/assert";
import { PyFloat, valueAt } from "../../../../src/python/json.ts";
import { writeInsertionJson } from "../../../../src/python/json_write.ts";
import {
  type EventRequestOutcome,
} from "../../../../src/ledgers/hierachain/event/event_request.ts";
import { parseEventRequest } from "../event_request.ts";
import type { EventBody } from "../../../../src/ledgers/hierachain/event/event_fields.ts";
import { withEventId } from "../../../../src/ledgers/hierachain/event/event_id.ts";
import { restEventText } from "../../../../src/ledgers/hierachain/block/block_hash.ts";
import { atOnce } from "../../../../src/kernel/steps.ts";
import { buildingEvent } from "../../../../src/ledgers/hierachain/event/stored_event.ts";
import { objectsAt, readVectors, textAt } from "../../../support/vectors.ts";

const JSON_TYPE = "application/json";

for (const one of objectsAt(readVectors("hierachain_requests.json"), "cases")) {
  const contentType = valueAt(one, "contentType");
  const status = valueAt(one, "status");
  Deno.test(`the golden request "${textAt(one, "name")}" is answered ${status} as by the original`, () => {
    const hex = valueAt(one, "bodyHex");
    const body = typeof hex === "string"
      ? Uint8Array.fromHex(hex)
      : new TextEncoder().encode(textAt(one, "body"));
    const type = contentType === undefined
      ? JSON_TYPE
      : contentType === null
      ? null
      : textAt(one, "contentType");
    const outcome = parseEventRequest(body, type);
    if (outcome.ok) return assertEquals(status, 200);
    assertEquals(outcome.status, status);
    if (outcome.status === 422) assertEquals(outcome.pieces.join(""), textAt(one, "response"));
    if (outcome.status === 500) assertEquals(outcome.cause, textAt(one, "cause"));
  });
}

Deno.test("details that orjson writes out to more than a mebibyte are refused, whatever the body's size", () => {
  const grown = `{"k":[${Array(60_000).fill("1e15").join(",")}]}`;
  assert(message(grown).includes("Event details exceed 1MB size limit"));
  const wide = `{"k":"${"é".repeat(524_288)}","d":${'{"a":'.repeat(12)}1${"}".repeat(12)}}`;
  assert(message(wide).includes("Event details exceed 1MB size limit"));
  const fits = `{"k":"${"a".repeat(1024 * 1024 - 8)}"}`;
  assertEquals(parse(`"details":${fits}`).ok, true);
  assertEquals(message(`{"k":"${"a".repeat(1024 * 1024 - 7)}"}`).includes("1MB"), true);
});

Deno.test("an event is stored with the keys in the original's order and empty details for none", () => {
  const absent = accepted("");
  assertEquals(
    writeInsertionJson(atOnce(buildingEvent(absent, 1700000000.5, { escapeHtml: false }))),
    '{"entity_id":"<e>","event":"t","timestamp":1700000000.5,"submitted_by":null,"signature":null,"details":{}}',
  );
  const key = "ab".repeat(32);
  const full = accepted(
    `,"details":{"b":1.0,"a":"{{x}}"},"sender":"0x${key}","signature":"${key}"`,
  );
  assertEquals(
    writeInsertionJson(atOnce(buildingEvent(full, 1700000000, { escapeHtml: true }))),
    `{"entity_id":"&lt;e&gt;","event":"t","timestamp":1700000000.0,"submitted_by":"0x${key}","signature":"${key}","details":{"b":1.0,"a":"[TEMPLATE_BLOCKED]"}}`,
  );
});

Deno.test("a content identifier takes the place of details, and empty metadata is left out", () => {
  const cid = "Qm" + "a".repeat(44);
  const bare = accepted(`,"details":{"a":1},"details_cid":"${cid}","details_metadata":{}`);
  const event = atOnce(buildingEvent(bare, 1.5, { escapeHtml: false }));
  assertEquals(Object.keys(event).slice(5), ["details_cid", "details_nonce"]);
  assertEquals(event["details_nonce"], null);
  const rich = accepted(`,"details_cid":"${cid}","details_metadata":{"org":"<a>"}`);
  const kept = atOnce(buildingEvent(rich, 1.5, { escapeHtml: true }));
  assertEquals(kept["details_metadata"], { org: "<a>" });
});

Deno.test("an event over REST has its keys sorted at every level and Python's numbers", () => {
  const request = accepted(',"details":{"b":{"z":1e-5,"y":NaN},"10":1e16,"9":5.0}');
  const stored = withEventId(
    atOnce(buildingEvent(request, 1.5, { escapeHtml: false })),
    "0123456789abcdef",
  );
  assertEquals(Object.keys(stored).at(-1), "event_id");
  assertEquals(
    restEventText(stored),
    '{"details":{"10":1e+16,"9":5.0,"b":{"y":null,"z":1e-05}},"entity_id":"<e>","event":"t",' +
      '"event_id":"0123456789abcdef","signature":null,"submitted_by":null,"timestamp":1.5}',
  );
  assertEquals(valueAt(stored, "timestamp"), new PyFloat(1.5));
});

function parse(field: string): EventRequestOutcome {
  return parseEventRequest(`{"entity_id":"<e>","event_type":"t",${field}}`, JSON_TYPE);
}

function message(details: string): string {
  const outcome = parse(`"details":${details}`);
  return !outcome.ok && outcome.status === 422 ? outcome.pieces.join("").slice(0, 200) : "";
}

function accepted(fields: string): EventBody {
  const body = `{"entity_id":"<e>","event_type":"t"${fields}}`;
  const outcome = parseEventRequest(body, JSON_TYPE);
  assert(outcome.ok, body);
  return outcome.request;
}
