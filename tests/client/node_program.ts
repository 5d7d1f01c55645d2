/**
 * Follows the stream at the URL that is its first argument and prints each event's data, until the
 * stream is closed. Run by Node as well, with npm `ws` where the second argument says so.
 */
import process from "node:process";
import * as library from "ws";
import { type SocketConstructor, StreamClient } from "../../src/client/mod.ts";

const [url = "", socket] = process.argv.slice(2);
// The library brings no types, and its default export is its WebSocket class.
const { default: ws } = library as unknown as { default: SocketConstructor };

const client = new StreamClient<number>(url, socket === "ws" ? { WebSocket: ws } : {});
await client.append(0);
for await (const { data } of client.follow()) process.stdout.write(`${data}\n`);
await client.close();
