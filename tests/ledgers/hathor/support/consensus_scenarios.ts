import { z } from "zod";
import { readVectors } from "./vectors.ts";

/** Vertices at random, and what the original's consensus told of each: hashes by their beginning. */
export const CONSENSUS_SCENARIOS = readVectors(
  "hathor_consensus.json",
  z.array(z.object({
    seed: z.number(),
    /** What the original's settings named as soft-voided. */
    soft: z.array(z.string()).default([]),
    /** Blocks on top of a reward before it may be spent; nano contracts are enabled where it is said. */
    reward_blocks: z.number().optional(),
    steps: z.array(z.object({ hex: z.string(), told: z.array(z.string()) })),
  })),
);
