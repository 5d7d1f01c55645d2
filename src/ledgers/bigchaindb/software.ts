import { type Software, TRANSACTION_STREAM } from "../shared_bigchaindb/http/roots.ts";

export const BIGCHAINDB: Software = {
  name: "BigchainDB",
  version: "2.2.2",
  docs: "https://docs.bigchaindb.com/projects/server/en/v",
  streams: { streams: TRANSACTION_STREAM },
};
