import { get, post } from "../seeds.ts";
import { type Heavy, LINE, times } from "./heavy.ts";

const ADDRESS = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";

export const HATHOR: readonly Heavy[] = [
  {
    name: "hathor: an amount of many digits",
    requests: () => [
      get(
        `/hathor/v1a/utxo_search?token_uid=00&address=${ADDRESS}&target_amount=${"9".repeat(LINE)}`,
      ),
    ],
  },
  {
    name: "hathor: the histories of many addresses",
    requests: () => [
      get(
        `/hathor/v1a/thin_wallet/address_history?${
          times(LINE / 52, () => `addresses[]=${ADDRESS}`).join("&")
        }`,
      ),
      post("/hathor/v1a/thin_wallet/address_history", { addresses: times(25_000, () => ADDRESS) }),
    ],
  },
  {
    name: "hathor: transactions of 1 MiB of hex",
    requests: () => [
      post("/hathor/v1a/push_tx", { hex_tx: "00".repeat(500_000) }),
      post("/hathor/v1a/submit_block", { hexdata: "ff".repeat(500_000) }),
      get(`/hathor/v1a/decode_tx?hex_tx=0001${"ff".repeat(LINE / 2)}`),
      get(`/hathor/v1a/push_tx?hex_tx=0001${"ff".repeat(LINE / 2)}`),
    ],
  },
  {
    name: "hathor: a transaction with 255 inputs and outputs",
    requests: () => [
      post("/hathor/v1a/push_tx", {
        hex_tx: `000100ffff${"11".repeat(32)}${"0000".repeat(255)}${"00000001000019".repeat(255)}`,
      }),
    ],
  },
  {
    name: "hathor: long numbers everywhere",
    requests: () => [
      get(`/hathor/v1a/block_at_height?height=${"9".repeat(LINE)}`),
      get(`/hathor/v1a/transaction?type=tx&count=${"9".repeat(LINE)}`),
      get(`/hathor/v1a/dashboard_tx?block=${"9".repeat(400)}&tx=${"9".repeat(400)}`),
      get(`/hathor/v1a/event?size=${"9".repeat(LINE)}&last_ack_event_id=${"9".repeat(400)}`),
      get(`/hathor/v1a/validate_address/${"1".repeat(LINE)}`),
    ],
  },
  {
    name: "hathor: drawings of everything",
    requests: () =>
      times(10, () => get("/hathor/v1a/graphviz/full.dot?verification=true&funds=true")),
  },
  {
    name: "hathor: jobs that are hard to mine",
    requests: () =>
      times(20, () =>
        post("/hathor/tx-mining/submit-job", {
          tx: "0001000000" + "4041800000000000" + Math.floor(Date.now() / 1_000).toString(16) +
            "00" + "00000000",
          add_parents: true,
          timeout: 300,
        })),
  },
];
