import { type Software, TRANSACTION_STREAM } from "../shared_bigchaindb/http/roots.ts";

/** The path of the stream of blocks. */
const BLOCK_STREAM = "/api/v1/streams/valid_blocks";

/** Planetmint 2.5.3, which calls itself 2.5.1. */
export const PLANETMINT: Software = {
  name: "Planetmint",
  version: "2.5.1",
  docs: "https://docs.planetmint.io/projects/server/en/v",
  streams: { streams: TRANSACTION_STREAM, streamedblocks: BLOCK_STREAM },
};
