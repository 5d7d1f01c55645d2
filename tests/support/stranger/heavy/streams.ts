import { get, post } from "../seeds.ts";
import { type Heavy, KIB, LINE, list, nested, times } from "./heavy.ts";

const STREAM = "/v1/stream";

/** Bytes of one append. */
const ROOM = 680_000;

export const STREAMS: readonly Heavy[] = [
  {
    name: "subscription: slashes in 250 KiB of acks",
    requests: () => [
      post(`${STREAM}/__ds/subscriptions/x/ack`, {
        wake_id: "w",
        generation: 1,
        acks: times(2, () => ({ stream: `a${"/".repeat(120 * KIB)}b`, offset: "0" })),
      }),
    ],
  },
  {
    name: "subscription: a pattern of stars",
    requests: () => [
      post(`${STREAM}/__ds/subscriptions/slow`, {
        type: "pull-wake",
        pattern: `${"**/".repeat(80)}*a*a*b`,
        wake_stream: "wakes",
      }, "PUT"),
    ],
  },
  {
    name: "all chains: patterns of stars, against many long names",
    requests: () => [
      ...times(40, (at) => post(`${STREAM}/${"a/".repeat(110)}${at}`, "[1]", "PUT")),
      ...times(
        20,
        (at) => get(`/v1/all?chain=${"**/a/".repeat(8)}${at}&chain=${"a/".repeat(90)}*`),
      ),
      get(`/v1/all?${times(64, () => `chain=${"*a".repeat(16)}`).join("&")}`),
    ],
  },
  {
    name: "append: 340,000 messages",
    requests: () => [post(`${STREAM}/heavy`, list(ROOM, "1"))],
  },
  { name: "append: deep JSON", requests: () => [post(`${STREAM}/heavy`, nested(ROOM / 2))] },
  {
    name: "append: 50 of 690 kB at once",
    requests: () => times(50, () => post(`${STREAM}/heavy`, JSON.stringify("x".repeat(690_000)))),
  },
  {
    name: "create: many at once",
    requests: () =>
      times(100, (at) => post(`${STREAM}/many/${at}/${"d/".repeat(50)}x`, "[1]", "PUT")),
  },
  {
    name: "subscriptions: 200 that match all of them",
    requests: () =>
      times(200, (at) =>
        post(`${STREAM}/__ds/subscriptions/all${at}`, {
          type: "pull-wake",
          pattern: "many/**",
          wake_stream: "wakes",
        }, "PUT")),
  },
  {
    name: "create: one that 200 subscriptions match",
    requests: () => [post(`${STREAM}/many/more`, "[1]", "PUT")],
  },
  {
    name: "append: body in chunks of one byte",
    requests: () => [{
      method: "POST",
      path: `${STREAM}/heavy`,
      headers: [["content-type", "application/json"], ["transfer-encoding", "chunked"]],
      body: `1\r\n[\r\n${"1\r\n1\r\n".repeat(100_000)}1\r\n]\r\n0\r\n\r\n`,
    }],
  },
  {
    name: "read: everything, 20 at once",
    requests: () => times(20, () => get(`${STREAM}/heavy?offset=-1`)),
  },
  {
    name: "read: tags in If-None-Match",
    requests: () => [{
      ...get(`${STREAM}/heavy?offset=-1`),
      headers: [["if-none-match", '"a",'.repeat(LINE / 4)]],
    }],
  },
];
