import { type Heavy, KIB, list, nested, times } from "./heavy.ts";

const ADDRESS = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";

/** Messages of 64 KiB, as many as a socket takes at once. */
const MESSAGES = 100;
const MESSAGE = 60 * KIB;

export const SOCKETS: readonly Heavy[] = [
  {
    name: "socket of hierachain",
    socket: {
      path: "/hierachain/ws",
      messages: () => [
        ...times(
          MESSAGES,
          (at) =>
            `{"action":"subscribe","chain_name":"heavy","from":"earliest","event_type":"${at}"}`,
        ),
        ...times(
          20,
          () => `{"type":"subscribe","chain_name":"heavy","event_types":${list(MESSAGE, '"t"')}}`,
        ),
        ...times(20, () => `{"type":${nested(MESSAGE / 2)}}`),
        ...times(20, () => `{"type":"ping","timestamp":${"9".repeat(MESSAGE)}}`),
      ],
    },
  },
  {
    name: "socket of streams: appends",
    socket: {
      path: "/v1/stream/heavy?offset=now",
      messages: () =>
        times(MESSAGES, (at) => `{"type":"append","ref":${at}}\n${list(MESSAGE, "1")}`),
    },
  },
  {
    name: "socket of streams: everything from the beginning",
    socket: {
      path: "/v1/stream/heavy?offset=-1&window=10000",
      messages: () => times(MESSAGES, () => `{"type":"ack","offset":"${"9".repeat(MESSAGE)}"}`),
    },
  },
  {
    name: "socket of hathor: histories",
    socket: {
      path: "/hathor/v1a/ws",
      messages: () => [
        ...times(20, (at) =>
          JSON.stringify({
            type: "request:history:manual",
            id: `m${at}`,
            first: true,
            addresses: times(1_200, (index) => [index, ADDRESS]),
          })),
        ...times(
          20,
          (at) =>
            `{"type":"request:history:xpub","id":"x${at}","gap-limit":10000,"xpub":"${
              "x".repeat(MESSAGE)
            }"}`,
        ),
        ...times(MESSAGES, () => `{"type":"subscribe_address","address":"${"W".repeat(MESSAGE)}"}`),
      ],
    },
  },
  {
    name: "socket of hathor: events",
    socket: {
      path: "/hathor/v1a/event_ws",
      messages: () => [
        '{"type":"START_STREAM","window_size":1000000,"last_ack_event_id":0}',
        ...times(
          MESSAGES,
          () => `{"type":"ACK","window_size":1,"ack_event_id":${"9".repeat(MESSAGE)}}`,
        ),
        ...times(20, () => nested(MESSAGE / 2)),
        ...times(20, () => `{"type":"START_STREAM","event_types":${list(MESSAGE, "1")}}`),
      ],
    },
  },
  {
    name: "socket of hathor: mining",
    socket: {
      path: "/hathor/v1a/mining_ws",
      messages: () => [
        ...times(
          MESSAGES,
          (at) => `{"id":${at},"method":"mining.submit","params":["${"00".repeat(MESSAGE / 2)}"]}`,
        ),
        list(MESSAGE, '{"id":1,"method":"mining.refresh"}'),
      ],
    },
  },
  ...["bigchaindb", "planetmint"].map((name) => ({
    name: `socket of ${name}`,
    socket: {
      path: `/${name}/api/v1/streams/valid_transactions`,
      messages: () => times(MESSAGES, () => "x".repeat(MESSAGE)),
    },
  })),
];
