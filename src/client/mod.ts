/**
 * A client of the streams of a Ledgerline server, for Deno, Node and browsers, without dependencies.
 * It appends exactly once, and reads on after whatever ends a connection, from the offset where it
 * was: nothing is missed and nothing comes twice.
 *
 * ```ts
 * import { StreamClient } from "@ledgerline/client";
 *
 * const url = "http://localhost:8000/v1/stream/hello";
 * await fetch(url, { method: "PUT", headers: { "content-type": "application/json" } });
 *
 * const stream = new StreamClient<{ n: number }>(url);
 * await stream.append({ n: 1 });
 * for await (const { offset, data } of stream.follow()) {
 *   console.log(offset, data.n);
 *   break; // or never: follow() goes on until the stream is closed
 * }
 * await stream.close();
 * ```
 *
 * @module
 */
export { StreamClient, type StreamOptions } from "./client.ts";
export type { ConnectOptions } from "./connector.ts";
export { StreamError } from "./errors.ts";
export type { ChainState, Feed, ReadOptions, StreamEvent } from "./feed.ts";
export type { Socket, SocketConstructor } from "./platform.ts";
export type { Appended, Conditions, Producer } from "./writer.ts";
