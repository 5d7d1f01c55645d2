import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { NANO_NETWORK } from "./nano_vectors.ts";

const FILE = new URL("../../../vectors/hathor_nano_stories.json.gz", import.meta.url);

const event = z.object({
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  group_id: z.int().nullable(),
});

/** A vertex, and why the original did not take it, or what it led to there. */
const step = z.object({ name: z.string(), hex: z.string() }).and(z.union([
  z.object({ refused: z.string(), events: z.undefined().optional() }),
  z.object({
    refused: z.undefined().optional(),
    /** The last block of its chain, and the root of the contracts' state there. */
    best: z.string(),
    root: z.string(),
    events: z.array(event),
  }),
]));

const vertexEnd = z.tuple([
  z.array(z.string()).describe("what voids it"),
  z.string().nullable().describe("the block that confirms it"),
  z.string().nullable().describe("what became of the call"),
  z.array(z.record(z.string(), z.unknown())).nullable().describe("public methods"),
  z.array(z.tuple([z.string(), z.string()])).nullable().describe("what contracts told"),
  z.string().nullable().describe("the root of the state"),
]);

const story = z.object({
  steps: z.array(step),
  /** All that the original knew of vertices and contracts in the end. */
  end: z.object({
    best: z.string(),
    vertices: z.record(z.string(), vertexEnd),
    balances: z.record(
      z.string(),
      z.record(z.string(), z.tuple([z.string(), z.boolean(), z.boolean()])),
    ),
  }),
});

export type NanoStory = z.infer<typeof story>;
export type NanoStep = NanoStory["steps"][number];
export type ToldEvent = z.infer<typeof event>;

/**
 * Stories that were made up at random on hathor-core, by their names: contracts, failures, double
 * spends, tokens and reorganisations, and what it told of each vertex. In `syscalls` every syscall of
 * a blueprint is executed; `reordered` is `third` in another order.
 */
export function nanoStories(): Readonly<Record<string, NanoStory>> {
  const text = new TextDecoder().decode(gunzipSync(Deno.readFileSync(FILE)));
  return z.object({ stories: z.record(z.string(), story) }).parse(JSON.parse(text)).stories;
}

/** The network of the stories: the work of a transaction does not grow with its size. */
export const STORY_NETWORK: Network = { ...NANO_NETWORK, minTxWeightCoefficient: 0 };
