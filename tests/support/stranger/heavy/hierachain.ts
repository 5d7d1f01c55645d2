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
  {
    name: "secure event: much that is signed, and floats that are halves",
    requests: () => [
      post("/hierachain/api/admin/chains/heavy/secure-events", {
        entity_id: "E",
        event_type: "t",
        details: { list: times(60_000, (at) => (2 * at + 1) / 2 ** 17) },
        sender: `0x${"ab".repeat(32)}`,
        signature: `0x${"cd".repeat(64)}`,
      }),
      post("/hierachain/api/admin/chains/heavy/secure-events", {
        entity_id: "E",
        event_type: "t",
        sender: `0x${"30".repeat(250_000)}`,
        signature: `0x${"cd".repeat(250_000)}`,
        timestamp: "1_".repeat(10_000),
      }),
    ],
  },
  {
    name: "GraphQL: as many fields as go in, of one name and of many",
    requests: () =>
      [
        `{${"__typename ".repeat(1_990)}}`,
        `{${times(240, (at) => `a${at}:allChains{chainName}`).join(" ")}}`,
        `{${times(330, (at) => `a${at}:__typename`).join(" ")}}`,
        `{a(b:[${"1 ".repeat(1_900)}])}`,
        `{${"a{".repeat(900)}`,
        `{events(chainName:"heavy",limit:10000){details}}`,
        `{blocks(chainName:"heavy",limit:190){events{details}}}`,
        `{chainStatus(chainName:"${"x".repeat(MIB - 100)}"){status}}`,
      ].map((query) => post("/hierachain/graphql", { query })),
  },
];
