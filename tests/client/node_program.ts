/**
 * Follows the stream at the URL that is its first argument and prints each event's data, until the
 * stream is closed: with npm `ws` where the second argument says so. Compiled by tsc, run by Node.
 */
import process from "node:process";
import WebSocket from "ws";
import { StreamClient } from "../../src/client/mod.ts";

const [url = "", socket] = process.argv.slice(2);

const client = new StreamClient<number>(url, socket === "ws" ? { WebSocket } : {});
await client.append(0);
for await (const { data } of client.follow()) process.stdout.write(`${data}\n`);
await client.close();
