import { z } from "zod";

/**
 * What hathor-core answers in its own tests of its resources (`hathor_tests/resources`), and the
 * vertices that its node had taken before: see the README of the folder of HTTP.
 */
const FILE = new URL("../../../vectors/hathor_resources.json.gz", import.meta.url);

const stepSchema = z.union([
  z.object({ now: z.number(), vertex: z.string() }),
  z.object({
    now: z.number(),
    request: z.string(),
    body: z.unknown().optional(),
    status: z.number(),
    answer: z.string(),
  }),
]);
const recordingSchema = z.array(z.object({
  test: z.string(),
  /** Settings of the network that are others, where what is told would be very long else. */
  settings: z.record(z.string(), z.number()).default({}),
  steps: z.array(stepSchema),
}));

export type ResourceRecording = z.infer<typeof recordingSchema>[number];

export async function resourceRecordings(): Promise<readonly ResourceRecording[]> {
  const packed = await Deno.open(FILE);
  const text = packed.readable.pipeThrough(new DecompressionStream("gzip"));
  return recordingSchema.parse(await new Response(text).json());
}
