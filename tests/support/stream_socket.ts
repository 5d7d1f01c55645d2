import { ClientSocket, type Told } from "./client_socket.ts";

/** Opens a socket on a stream of a server's main port; `asked` is the query with its `?`. */
export function streamSocket(origin: string, name: string, asked = ""): Promise<ClientSocket> {
  return ClientSocket.open(origin, `/v1/stream/${name}${asked}`);
}

/** Every event that a socket was sent so far. */
export function eventsOf(socket: ClientSocket): Told[] {
  return socket.told.flatMap(({ events }) => events ?? []);
}

/** What the events hold. */
export function dataOf(socket: ClientSocket): unknown[] {
  return eventsOf(socket).map(({ data }) => data);
}

/** Waits until a socket has come to the end of its stream, for that many times. */
export async function caughtUp(socket: ClientSocket, times = 1): Promise<void> {
  await socket.count("caught_up", times);
}

/** A message that appends: its head, and the data as it is. */
export function appendText(head: Readonly<Record<string, unknown>>, body?: string): string {
  const line = JSON.stringify({ type: "append", ...head });
  return body === undefined ? line : `${line}\n${body}`;
}
