import { WsClient } from "../../ws_client.ts";
import { within } from "../../until.ts";
import { exchange, keyed, type WireAnswer } from "../wire.ts";
import type { Heavy } from "./heavy.ts";

/** Makes what something heavy is about. Throws where that is refused. */
export async function prepare(main: string, { name, prepare }: Heavy, key: string): Promise<void> {
  for (const request of prepare?.() ?? []) {
    const { status, text } = await exchange(main, keyed(request, key), true);
    if (status === undefined || status >= 400) throw new Error(`${name}: ${text}`);
  }
}

/**
 * Sends something heavy to a server's main port, and resolves with the answers when it is through:
 * of a socket, with the status 101 and the code that it was closed with as the text.
 */
export async function strain(
  main: string,
  { requests, socket }: Heavy,
  key: string,
): Promise<WireAnswer[]> {
  const answers = await Promise.all(
    (requests?.() ?? []).map((request) => exchange(main, keyed(request, key), true)),
  );
  if (socket === undefined) return answers;
  const headers = { authorization: `Bearer ${key}` };
  const { promise: isTold, resolve: told } = Promise.withResolvers<void>();
  const { last } = socket;
  const hear = (text: string) => {
    if (last === undefined || text.includes(last)) told();
  };
  const client = await WsClient.open(main, hear, headers, socket.path);
  for (const message of socket.messages()) client.sendAsIs(message);
  if (last !== undefined) await within(last, Promise.race([isTold, client.closed]));
  await client.close();
  return [...answers, { status: 101, text: String(client.code) }];
}
