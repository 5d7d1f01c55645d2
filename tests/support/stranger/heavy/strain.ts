import { WsClient } from "../../ws_client.ts";
import { exchange, keyed, type WireAnswer } from "../wire.ts";
import type { Heavy } from "./heavy.ts";

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
  const client = await WsClient.open(main, () => {}, headers, socket.path);
  for (const message of socket.messages()) client.sendAsIs(message);
  await client.close();
  return [...answers, { status: 101, text: String(client.code) }];
}
