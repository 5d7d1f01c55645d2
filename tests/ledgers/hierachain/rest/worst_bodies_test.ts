import { assertEquals, assertMatch } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";

// Bodies as large as they may be, of what takes the most work. What took the square of their size
// took minutes: these tests would not end.

const EVENTS = "/api/ledger/chains/c/events";
const SIZE = 680_000;

const repeated = (text: string, size = SIZE) => text.repeat(Math.floor(size / text.length));
const body = (member: string) => `{"entity_id":"e","event_type":"t",${member}}`;
const crowd = Array.from({ length: 40_000 }, (_, at) => `"${1_000_000_000 + at * 65_536}":1`);

/** As the framework tells it, and not as the original's own errors. */
const PARSING = /^{"detail":"There was an error parsing the body"}$/;

/** What is posted, the status that answers it, and what the answer says. */
const ANSWERS: readonly (readonly [string, string, number, RegExp])[] = [
  ["hex", body(`"sender":"${repeated("0a")}"`), 200, /"success":true/],
  ["hex in pieces", body(`"sender":"${repeated("0a ")}x"`), 422, /must be a valid hex string/],
  ["spaces for hex", body(`"sender":"${repeated(" ")}x"`), 422, /must be a valid hex string/],
  [
    "a long identifier",
    body(`"details_cid":"Qm${repeated("\u{1f600}", 160_000)}"`),
    200,
    /off-chain/,
  ],
  ["brackets", `{"entity_id":"${repeated("{{${#{{%")}","event_type":"t"}`, 200, /"success":true/],
  ["spaces", `{"entity_id":"${repeated(" ")}","event_type":"t"}`, 422, /blank_field/],
  ["words", body(`"details":{"x":"${repeated("fee_token_")}"}`), 200, /"success":true/],
  [
    "forbidden words",
    body(`"details":{"x":["${repeated("tokens ")} fee"]}`),
    422,
    /'fee' in details\.x/,
  ],
  ["integers", body(`"details":{"x":[${repeated("1,")}1]}`), 200, /"success":true/],
  ["floats", body(`"details":{"x":[${repeated("1.5e-7,")}1]}`), 413, /too_large/],
  ["4,300 digits", body(`"details":{"x":[${repeated(`${"9".repeat(4_300)},`)}1]}`), 422, /64-bit/],
  ["more digits", body(`"details":{"x":${repeated("9")}}`), 400, PARSING],
  ["depth", body(`"details":{"x":${"[".repeat(500_000)}`), 400, PARSING],
  [
    "keys",
    body(`"details":{${Array.from({ length: 45_000 }, (_, at) => `"k${at}":1`)}}`),
    200,
    /true/,
  ],
  ["keys of one hash", body(`"details":{${crowd.join(",")}}`), 400, PARSING],
  ["no event", `[${repeated("0,", 1_040_000)}0]`, 422, /"model_attributes_type"/],
  ["no JSON", repeated("[1,", 600), 422, /"json_invalid"/],
  ["more than a body", " ".repeat(1_048_577), 413, /Payload Too Large/],
];

Deno.test("whatever a body is full of, it is answered", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    for (const [what, text, wanted, says] of ANSWERS) {
      const { status, text: answer } = await api.post(EVENTS, text);
      assertEquals([what, status, answer.slice(0, 200)], [what, wanted, answer.slice(0, 200)]);
      assertMatch(answer, says);
    }
  }, { clock: new FakeClock() });
});

Deno.test("whatever a batch is full of, all of it is taken or none", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const event = (at: number) => ({
      entity_id: `E${at}`,
      event_type: "t",
      details: Object.fromEntries(Array.from({ length: 90 }, (_, key) => [`k${key}`, at])),
    });
    const batch = Array.from({ length: 400 }, (_, at) => event(at));
    const { status, body: taken } = await api.post(`${EVENTS}/batch`, batch);
    assertEquals([status, taken.event_ids.length], [200, 400]);
    const refused: [string, number][] = [
      [JSON.stringify([...batch, event(400)]), 422],
      [JSON.stringify([...batch.slice(0, 399), { entity_id: "last", event_type: 5 }]), 422],
      [`[${repeated("0,", 1_040_000)}0]`, 422],
      [`[${body(`"details":{${crowd.join(",")}}`)}]`, 422],
    ];
    for (const [text, wanted] of refused) {
      const answer = await api.post(`${EVENTS}/batch`, text);
      assertEquals([answer.status, answer.text.length < 2_000_000], [wanted, true]);
    }
    assertEquals((await api.get("/api/ledger/entities/last/trace")).body.events, []);
    assertEquals((await api.get("/api/ledger/entities/E399/trace")).body.events.length, 1);
  }, { clock: new FakeClock() });
});
