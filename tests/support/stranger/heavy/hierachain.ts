import { get, post } from "../seeds.ts";
import { type Heavy, LINE, list, MIB, times } from "./heavy.ts";

const LEDGER = "/hierachain/api/ledger";

export const HIERACHAIN: readonly Heavy[] = [
  {
    name: "batch: as many events as go in",
    requests: () => [
      post(`${LEDGER}/chains/heavy/events/batch`, list(MIB, '{"entity_id":"E","event_type":"t"}')),
      post(
        `${LEDGER}/chains/heavy/events/batch`,
        JSON.stringify(
          times(400, () => ({
            entity_id: "E",
            event_type: "t",
            details: { text: "x".repeat(1_400) },
          })),
        ),
      ),
    ],
  },
  {
    name: "event: brackets that never close",
    requests: () => [
      post(`${LEDGER}/chains/heavy/events`, {
        entity_id: "E",
        event_type: "t",
        details: { text: "{{${#{<".repeat(60_000) },
      }),
    ],
  },
  {
    name: "event: many members",
    requests: () => [
      post(
        `${LEDGER}/chains/heavy/events`,
        `{"entity_id":"E","event_type":"t","details":{${
          times(40_000, (at) => `"k${at}":${at}`).join(",")
        }}}`,
      ),
    ],
  },
  {
    name: "event: digits",
    requests: () => [
      post(
        `${LEDGER}/chains/heavy/events`,
        `{"entity_id":"E","event_type":"t","details":{"n":${"9".repeat(MIB - 100)}}}`,
      ),
    ],
  },
  {
    name: "trace: 20 at once of an entity with much",
    requests: () => times(20, () => get(`${LEDGER}/entities/E/trace`)),
  },
  {
    name: "blocks: long names and numbers",
    requests: () => [
      get(`${LEDGER}/chains/heavy/blocks/${"9".repeat(LINE)}`),
      get(`${LEDGER}/chains/heavy/events/${"a".repeat(LINE)}/proof`),
      get(`${LEDGER}/chains/heavy/blocks?limit=${"9".repeat(LINE)}`),
    ],
  },
];
