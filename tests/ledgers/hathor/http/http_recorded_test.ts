import { assertEquals } from "@std/assert";
import { z } from "zod";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { type PyJson, type PyObject, valueAt } from "../../../../src/python/json.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { withServer } from "../../../support/in_process.ts";
import { readPythonVectors } from "../support/vectors.ts";

/** One thing that was done to the recorded node: a block, or a request with its answer. */
type Step = PyObject;

/** What is not the same on purpose, or cannot be: each with what becomes of the recorded answer. */
const CHANGES: readonly (readonly [request: RegExp, change: (recorded: string) => string])[] = [
  // Another node, of another release and another time.
  [/^GET version/, (text) => text.replace('"0.72.0-local"', '"0.72.0"')],
  [
    /^GET status/,
    (text) =>
      text.replace(/"id":"[\da-f]{64}","app_version":"[^"]*"/, '"id":…')
        .replace(/"uptime":[\d.]+/, '"uptime":…'),
  ],
  [/^GET event/, (text) => text.replace(/"timestamp":\d+\.\d+/g, '"timestamp":…')],
  // The recorded node executes nano contracts.
  [/^GET version/, (text) => text.replace('contracts_enabled":true', 'contracts_enabled":false')],
  // A refused transaction left this in the metadata of the one that it would have spent from.
  [/^GET (?:transaction|decode_tx)/, (text) => text.replace(",[9,[]]", "")],
  // The node remembered what a request before had worked out, until its next start.
  [
    /^GET decode_tx/,
    (text) => text.replace('_raw":"14"', '_raw":"2"').replace("3.807354922057604", "1.0"),
  ],
];

/** Requests whose answers are another's: the node fails, or calls itself ill for want of peers. */
const BETTER = new Map<string, string>([
  ["GET health", '"status":"pass"'],
  ["GET p2p/readiness", '{"success":true}'],
]);

Deno.test("the recorded node's answers come again, to the character", async () => {
  const { now, steps } = recording();
  const clock = { ...systemClock, now: () => now * 1_000 };
  const flags = ["--hathor-port=0", "--hathor-mine=off"];
  await withServer(async ({ server }) => {
    const origin = server.ports.find(({ name }) => name === "hathor")?.origin;
    for (const step of steps) await play(`${origin}/v1a/`, step);
  }, { clock, flags });
});

async function play(base: string, step: Step): Promise<void> {
  const block = valueAt(step, "block");
  if (block !== undefined) {
    const answer = await send(base, "POST submit_block", { hexdata: block });
    return assertEquals(answer.text, '{"result":true}');
  }
  const request = z.string().parse(valueAt(step, "request"));
  const { status, text } = await send(base, request, valueAt(step, "body"));
  const better = BETTER.get(request);
  if (better !== undefined) {
    assertEquals([status, text.includes(better)], [200, true], `${request}\n${text}`);
    return;
  }
  if (valueAt(step, "status") === 500) {
    const { success } = JSON.parse(text);
    return assertEquals([status, success], [200, false], request);
  }
  assertEquals(status, valueAt(step, "status"), request);
  const recorded = valueAt(step, "answer");
  if (typeof recorded === "string") return assertEquals(text, recorded, request);
  assertEquals(changed(request, text), changed(request, textOf(recorded)), request);
}

function changed(request: string, text: string): string {
  let changed = text;
  for (const [pattern, change] of CHANGES) if (pattern.test(request)) changed = change(changed);
  return changed;
}

/** A text that shows the order of keys and the class of numbers. */
function textOf(value: PyJson | undefined): string {
  return writeRestJson(value ?? null);
}

async function send(
  base: string,
  request: string,
  body: PyJson | undefined,
): Promise<{ status: number; text: string }> {
  const [method = "", path = ""] = request.split(" ");
  const sent = body === undefined ? {} : { body: textOf(body) };
  const response = await fetch(base + path, { method, ...sent });
  return { status: response.status, text: await response.text() };
}

function recording(): { now: number; steps: readonly Step[] } {
  const whole = z.record(z.string(), z.unknown()).parse(readPythonVectors("hathor_http.json"));
  const steps = z.array(z.custom<PyObject>((value) => typeof value === "object")).parse(
    whole.steps,
  );
  return { now: z.number().parse(whole.now), steps };
}
