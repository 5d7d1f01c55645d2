import { z } from "zod";
import {
  inJson,
  type RouteOperation,
  type SocketMessages,
  type Tells,
} from "../../../web/operation.ts";
import { eventTypes } from "./event_types.ts";
import { BLOCK_TYPE, EVENT_TYPE } from "../event/event_types.ts";

/* What goes over the sockets, in the forms of the published pages and of hierachain 0.2.0. */

/** The socket whose chain is asked for by messages, or in the query. */
export const socketOfQuery: Tells = () => ({
  ...operation("Events and blocks of chains, as messages ask for them"),
  query: z.object({ chain_name: z.string().optional() }),
});

/** The socket whose chain is in its path. */
export const socketOfPath: Tells = () => operation("Events and blocks of one chain");

function operation(does: string): RouteOperation {
  return {
    does,
    // Whether it may be opened is asked only of those who would.
    isOpen: true,
    answers: { 404: inJson(z.object({ detail: z.string() })) },
    socket: messages(),
  };
}

function messages(): SocketMessages {
  const chain_name = z.string();
  const place = { offset: z.int().optional(), id: z.string().optional() };
  const type = <T extends string>(name: T) => z.literal(name);
  const from = z.union([z.string(), z.number()]).optional().describe("Where to begin");
  const asked = {
    chain_name: chain_name.optional(),
    event_types: z.array(z.string()).optional(),
    from,
  };
  const [event = z.unknown(), block = z.unknown()] = [EVENT_TYPE, BLOCK_TYPE].map((name) =>
    eventTypes[name]
  );
  const told = { chain: z.string().optional(), chain_name, ...place };
  return {
    sends: {
      new_event: z.object({ type: type("new_event"), chain_name, ...place, data: event }),
      new_block: z.object({ type: type("new_block"), chain_name, ...place, data: block }),
      event: z.looseObject({ type: type("event"), ...told, event_type: z.string() }),
      block_added: z.looseObject({ type: type("block_added"), ...told }),
      caught_up: z.object({ type: type("caught_up"), chain_name, offset: z.int() }),
      position: z.object({ type: type("position"), chain_name, offset: z.int() }),
      connected: z.looseObject({ type: type("connected"), connection_id: z.string() }),
      subscribed: z.looseObject({ type: type("subscribed") }),
      unsubscribed: z.object({ type: type("unsubscribed"), message: z.string() }),
      ping: z.object({ type: type("ping"), timestamp: z.unknown() }),
      pong: z.object({ type: type("pong"), timestamp: z.unknown() }),
      stats: z.object({ type: type("stats"), data: z.looseObject({}) }),
      connection_info: z.object({ type: type("connection_info"), data: z.looseObject({}) }),
      error: z.object({ type: type("error"), message: z.string() }),
    },
    takes: {
      action: z.looseObject({
        action: z.enum(["subscribe", "unsubscribe", "ping"]),
        event_type: z.string().nullish(),
        ...asked,
      }),
      message: z.looseObject({
        type: z.enum(["subscribe", "unsubscribe", "ping", "get_stats", "get_connection_info"]),
        ...asked,
      }),
    },
  };
}
