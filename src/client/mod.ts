/**
 * A client of Ledgerline's streams for Deno, Node and the browser, without any dependency.
 *
 * ```ts
 * const stream = new StreamClient<{ n: number }>("http://localhost:8000/v1/stream/hello");
 * await stream.append({ n: 1 });
 * for await (const { offset, data } of stream.follow()) console.log(offset, data.n);
 * ```
 *
 * @module
 */
export { StreamClient, type StreamOptions } from "./client.ts";
export type { ConnectOptions } from "./connector.ts";
export { StreamError } from "./errors.ts";
export type { Feed, ReadOptions, StreamEvent } from "./feed.ts";
export type { Socket, SocketConstructor } from "./platform.ts";
export type { Appended, Producer } from "./writer.ts";
