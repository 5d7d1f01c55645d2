import { z } from "zod";
import type { ClientSocket } from "../../../support/client_socket.ts";
import { until } from "../../../support/until.ts";

/** Where events are streamed. */
export const EVENT_PATH = "/v1a/event_ws";

/** An EVENT as the wallet service of Hathor reads it. */
export const eventMessage = z.strictObject({
  type: z.literal("EVENT"),
  peer_id: z.string().regex(/^[0-9a-f]{64}$/),
  network: z.string(),
  event: z.strictObject({
    id: z.number(),
    timestamp: z.number(),
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
    group_id: z.number().nullable(),
  }),
  latest_event_id: z.number(),
  stream_id: z.uuid(),
});

export function start(window: number, lastAck: number | null = null, more: object = {}) {
  return { type: "START_STREAM", last_ack_event_id: lastAck, window_size: window, ...more };
}

export function ack(id: number, window: number) {
  return { type: "ACK", ack_event_id: id, window_size: window };
}

export function idsOf(socket: ClientSocket): number[] {
  return socket.of("EVENT").map(({ event }) => event.id);
}

/** Waits until everything sent so far has had its effect: a wrong message is answered in order. */
export async function settle(socket: ClientSocket): Promise<void> {
  const wrong = () => socket.of("VALIDATION_ERROR").length;
  const before = wrong();
  socket.send("?");
  await until("an answer", () => wrong() > before);
}

export async function reads(socket: ClientSocket, last: number): Promise<void> {
  await until(`event ${last}`, () => idsOf(socket).includes(last));
  await settle(socket);
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
