import hathorSockets from "../../vectors/hathor_sockets.json" with { type: "json" };

const XPUB =
  "xpub6FJjNPF19CxAB3rBf6BafcvSnhc3tP2dFrHVWeU1rCrE2pJZ8zopvP6kDqvTHY9BRtdyxzxSngZqkLEdEMAodX" +
  "ubm6oYS4PGMp79xbauz1j";

/** A kind of socket: where it is, and what its clients say. */
export interface SocketSeed {
  readonly name: string;
  readonly paths: readonly string[];
  readonly messages: readonly string[];
  /** A message that is answered with its own text in the answer; undefined where none is. */
  readonly mark?: (text: string) => string;
}

/** What a recorded client said in conversations. */
function said(conversations: readonly unknown[]): string[] {
  return conversations.flatMap((line) =>
    Array.isArray(line) && line[0] === "out" ? [String(line[1])] : []
  );
}

export const SOCKETS: readonly SocketSeed[] = [
  {
    name: "hierachain",
    paths: ["/hierachain/ws", "/hierachain/ws/c", "/hierachain/ws?chain_name=c"],
    messages: [
      '{"action":"subscribe","chain_name":"c","event_type":"t","from":"earliest"}',
      '{"action":"subscribe","chain_name":"c","from":3}',
      '{"action":"unsubscribe","chain_name":"c"}',
      '{"action":"ping"}',
      '{"type":"subscribe","chain_name":"c","event_types":["a","t"]}',
      '{"type":"ping","timestamp":1234567890}',
      '{"type":"unsubscribe"}',
      '{"type":"get_stats"}',
      '{"type":"get_connection_info"}',
    ],
    mark: (text) => JSON.stringify({ type: "ping", timestamp: text }),
  },
  {
    name: "hathor admin",
    paths: ["/hathor/v1a/ws", "/hathor/ws/"],
    messages: [
      ...said(hathorSockets.conversations.admin_basic),
      ...said(hathorSockets.histories.by_key),
      ...said(hathorSockets.histories.by_window),
      ...said(hathorSockets.histories.by_addresses),
      JSON.stringify({ type: "request:history:xpub", id: "x", xpub: XPUB, "gap-limit": 3 }),
    ],
    mark: (text) => JSON.stringify({ type: "request:history:stop", id: text }),
  },
  {
    name: "hathor events",
    paths: ["/hathor/v1a/event_ws", "/hathor/event_ws/"],
    messages: [
      ...said(hathorSockets.conversations.event_errors),
      ...said(hathorSockets.conversations.event_future_start),
      '{"type":"START_STREAM","window_size":2,"last_ack_event_id":0}',
      '{"type":"ACK","window_size":10,"ack_event_id":1}',
      '{"type":"STOP_STREAM"}',
    ],
    mark: (text) => text,
  },
  {
    name: "hathor mining",
    paths: ["/hathor/v1a/mining_ws"],
    messages: [
      '{"id":1,"method":"mining.refresh"}',
      '{"id":"2","method":"mining.submit","params":["000102"]}',
      '{"id":3,"method":"mining.submit","params":{"hexdata":"00","optimistic":true}}',
      '{"id":null,"method":"mining.notify","params":[]}',
    ],
    mark: (text) => JSON.stringify({ id: text, method: "none" }),
  },
  {
    name: "streams",
    paths: [
      "/v1/stream/sockets/s?offset=-1",
      "/v1/stream/sockets/s?offset=-1&window=3",
      "/v1/stream/sockets/text?offset=none",
      "/v1/stream/hierachain/c?offset=-1&type=t&key=E",
    ],
    messages: [
      '{"type":"append","ref":1}\n[{"n":1},2]',
      '{"type":"append","ref":"a","producer":{"id":"q","epoch":0,"seq":0}}\n1',
      '{"type":"append","seq":"0001","close":false}\ntext',
      '{"type":"ack","offset":"0000000000000001_0000000000000000"}',
    ],
    mark: (text) => `${JSON.stringify({ type: "append", ref: text, seq: "0" })}\n0`,
  },
  {
    name: "all chains",
    paths: ["/v1/all?chain=streams/**&offset=-1&window=3", "/v1/all?type=event&key=E"],
    messages: [
      '{"type":"append","ref":1}\n1',
      '{"type":"ack","offset":"0000000000002048_0000000000000000"}',
    ],
    mark: (text) => `${JSON.stringify({ type: "append", ref: text })}\n0`,
  },
  ...["bigchaindb", "planetmint"].map((name) => ({
    name,
    paths: ["valid_transactions", "valid_blocks", "rejected_transactions"].map((stream) =>
      `/${name}/api/v1/streams/${stream}`
    ),
    messages: ['{"a":1}', "hello"],
  })),
];
