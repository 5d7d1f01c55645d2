import { assert, assertEquals } from "@std/assert";
import { createPrivateKey, sign } from "node:crypto";
import { Buffer } from "node:buffer";
import { parsePyJson } from "../../../../src/python/json_parse.ts";
import { atOnce } from "../../../../src/kernel/steps.ts";
import { validating } from "../../../../src/ledgers/hierachain/event/model.ts";
import {
  decimalText,
  secureEventModel,
  signedText,
} from "../../../../src/ledgers/hierachain/event/secure_event.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { readCases, withoutMoments } from "../../../support/recorded_answers.ts";
import { assertBlockHash, readRestBlock } from "../../../support/rest_block.ts";

interface SecureCase {
  readonly path: string;
  readonly body: string;
  /** What the package verifies the signature over. */
  readonly signed?: string;
  readonly status: number;
  readonly answer: string;
}

const CASES = readCases<SecureCase>("hierachain_secure.json");
const START = Date.UTC(2026, 10, 28);

const PKCS8 = "302e020100300506032b657004220420";
const KEY = createPrivateKey({
  key: Buffer.from(PKCS8 + "07".repeat(32), "hex"),
  format: "der",
  type: "pkcs8",
});
const SENDER = `0x${KEY.export({ format: "jwk" }).x}`;

/** A body with its signature, as a client of the original makes it. */
function signed(fields: Record<string, unknown>): string {
  const x = Buffer.from(SENDER.slice(2), "base64url").toString("hex");
  const body = { ...fields, sender: `0x${x}`, signature: "0x00" };
  const text = JSON.stringify(body);
  const outcome = atOnce(validating(secureEventModel(text.length), parsePyJson(text)));
  assert(outcome.ok);
  const signature = sign(null, new TextEncoder().encode(signedText(outcome.values)), KEY);
  return JSON.stringify({ ...body, signature: `0x${signature.toString("hex")}` });
}

Deno.test("signed events are answered as hierachain 0.2.0 answers them", async () => {
  await withServer(async ({ api }) => {
    await api.create("s");
    const wrong: unknown[] = [];
    for (const { path, body, status, answer } of CASES) {
      const found = await api.post(`/api/admin/chains/${path}`, body);
      const text = withoutMoments(found.text);
      if (found.status !== status || text !== withoutMoments(answer)) {
        wrong.push({ body, text, answer });
      }
    }
    assertEquals(wrong, []);
  }, { clock: new FakeClock(START) });
});

Deno.test("the text that is signed is the package's, to the byte", () => {
  let count = 0;
  for (const { body, signed, status } of CASES) {
    if (signed === undefined || status === 422) continue;
    const outcome = atOnce(validating(secureEventModel(body.length), parsePyJson(body)));
    assert(outcome.ok);
    assertEquals(signedText(outcome.values), signed);
    count++;
  }
  assert(count > 10, `${count} texts`);
});

Deno.test("a float is signed as Python writes it, halves to the even", () => {
  const texts: Record<string, number> = {
    "0.0000076293945312": 2 ** -17,
    "0.0000228881835938": 3 * 2 ** -17,
    "-0": -0,
    "0": 1e-20,
    "10000000000000000000000": 1e22,
    "-1.5": -1.5,
    "nan": NaN,
    "-inf": -Infinity,
  };
  for (const [text, value] of Object.entries(texts)) assertEquals(decimalText(value), text);
});

Deno.test("a signed event is in its block, is told to who wants its type, and is never lost", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ api, native }) => {
    await api.create("s");
    const page = await ClientSocket.open(native);
    page.send({ action: "subscribe", chain_name: "s", event_type: "transfer" });
    page.send({ action: "ping" });
    assertEquals((await page.next()).type, "pong");
    const path = "/api/admin/chains/s/secure-events";
    const timestamp = START / 1_000 - 299.5;
    const event = { entity_id: "a", event_type: "transfer", details: { qty: 1.5 } };
    const first = await api.post(path, signed({ ...event, timestamp, nonce: "n", chain_id: "s" }));
    assertEquals([first.status, first.body.status], [200, "committed"], first.text);
    const untimed = await api.post(path, signed(event));
    assertEquals(untimed.status, 200, untimed.text);
    const told = await page.next();
    const { data } = told;
    assertEquals([told.type, data.event_type, data.event], [
      "new_event",
      "transfer",
      "generic_event",
    ]);
    assertEquals([data.timestamp, data.nonce, data.chain_id], [timestamp, "n", "s"]);
    assertEquals(page.texts.at(-1)?.match(/"event_type"/g)?.length, 1);
    // One without a time, which the original answers so and drops, has the server's.
    assertEquals(Math.floor((await page.next()).data.timestamp), START / 1_000);
    clock.advance(1_100);
    await api.blocks("s", 2);
    const block = await api.get("/api/ledger/chains/s/blocks/1");
    assertEquals(block.body.events_count, 4);
    assertBlockHash(readRestBlock(block.text));
    page.close();
  }, { clock });
});

Deno.test("a signature does not outlive its time, and a rule holds for signed events too", async () => {
  await withServer(async ({ api }) => {
    await api.create("s");
    const ask = async (fields: Record<string, unknown>) => {
      const { status, body } = await api.post("/api/admin/chains/s/secure-events", signed(fields));
      return [status, body.rule ?? body.message];
    };
    const event = { entity_id: "a", event_type: "transfer" };
    const expired = [422, "Event timestamp has expired or is too far in the future."];
    assertEquals(await ask({ ...event, timestamp: START / 1_000 + 301 }), expired);
    assertEquals(await ask({ ...event, timestamp: "nan" }), expired);
    assertEquals(await ask({ ...event, event_type: "wallet" }), [422, "no_cryptocurrency_terms"]);
    assertEquals(await ask({ ...event, entity_id: " " }), [422, "blank_field"]);
    assertEquals((await api.get("/api/ledger/chains/s/stats")).body.total_events, 1);
  }, { clock: new FakeClock(START) });
});
