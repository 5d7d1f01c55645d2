import { z } from "zod";
import type { Tells } from "../../../web/operation.ts";
import { eventTypes } from "./event_types.ts";
import { socketTold } from "../http/told.ts";
import { EventType } from "../rows/events.ts";

/** The socket of the node's events. */
export const toldOfEvents: Tells = () => {
  const window_size = z.int().min(0);
  const texts = z.array(z.string()).nullish();
  const refusal = <T extends string>(type: T) =>
    z.object({
      type: z.literal(type),
      invalid_request: z.string().nullable(),
      error_message: z.string().nullable(),
    });
  const refusals = REFUSALS.map((type) => [type, refusal(type)]);
  const known = Object.values(EventType).map((type) => eventTypes[type] ?? z.never());
  return socketTold("The events of the node, from any of them on", {
    sends: {
      EVENT: z.object({
        type: z.literal("EVENT"),
        peer_id: z.string(),
        network: z.string(),
        event: z.union(known),
        latest_event_id: z.int(),
        stream_id: z.string(),
      }),
      ...Object.fromEntries(refusals),
    },
    takes: {
      START_STREAM: z.strictObject({
        type: z.literal("START_STREAM"),
        last_ack_event_id: z.int().min(0).nullish(),
        window_size,
        event_types: texts,
        addresses: texts,
        tokens: texts,
      }),
      ACK: z.strictObject({
        type: z.literal("ACK"),
        ack_event_id: z.int().min(0),
        window_size,
      }),
      STOP_STREAM: z.strictObject({ type: z.literal("STOP_STREAM") }),
    },
  });
};

const REFUSALS = [
  "STREAM_IS_ACTIVE",
  "STREAM_IS_INACTIVE",
  "ACK_TOO_SMALL",
  "ACK_TOO_LARGE",
  "VALIDATION_ERROR",
  "EVENT_WS_NOT_RUNNING",
];

/** The socket of wallets and explorers. */
export const toldOfAdmin: Tells = () => {
  const of = (type: string) => z.looseObject({ type: z.literal(type) });
  const named = (types: readonly string[]) =>
    Object.fromEntries(types.map((type) => [type.replaceAll(/\W/g, "_"), of(type)]));
  const history = { id: z.string().optional(), "window-size": z.int().nullish() };
  return socketTold("News of addresses, and their histories", {
    sends: named(SENT),
    takes: {
      ping: of("ping"),
      subscribe_address: of("subscribe_address").extend({
        address: z.string(),
        last_event_id: z.int().min(-1).nullish().describe("What was heard last"),
      }),
      unsubscribe_address: of("unsubscribe_address").extend({ address: z.string() }),
      request_history_xpub: of("request:history:xpub").extend({
        ...history,
        xpub: z.string(),
        "first-index": z.int().min(0).nullish(),
        "gap-limit": z.int().nullish(),
      }),
      request_history_manual: of("request:history:manual").extend({
        ...history,
        addresses: z.array(z.tuple([z.int(), z.string()])).optional(),
      }),
      request_history_ack: of("request:history:ack").extend({
        id: z.string().optional(),
        ack: z.int().nullish(),
        window: z.int().nullish(),
      }),
      request_history_stop: of("request:history:stop").extend({ id: z.string().optional() }),
    },
  });
};

const SENT = [
  "pong",
  "capabilities",
  "error",
  "subscribe_address",
  "unsubscribe_address",
  "network:new_tx_accepted",
  "dashboard:metrics",
  "wallet:address_history",
  "wallet:balance_updated",
  "wallet:output_received",
  "wallet:output_spent",
  "wallet:history_updated",
  "wallet:gap_limit",
  "stream:history:begin",
  "stream:history:address",
  "stream:history:vertex",
  "stream:history:end",
  "stream:history:error",
];
