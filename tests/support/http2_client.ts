/**
 * A client of HTTP/2 in a process of its own: Deno 2.9.6 ends a process now and then in which both
 * sides of a session are, by an assertion of its library. Arguments: the origin, and a file with the
 * certificate to trust. Sends what a test wants and prints what came back, as JSON.
 */
import { connect } from "node:http2";

/** What came back. */
export interface Http2Report {
  readonly created: unknown;
  /** The statuses of 50 appends at a time, each once. */
  readonly appended: readonly unknown[];
  /** What the stream has after them. */
  readonly read: string;
  /** The statuses of a request whose body nobody reads, and of one after it. */
  readonly nowhere: unknown;
  readonly alive: unknown;
}

if (import.meta.main) {
  const [origin = "", certificate = ""] = Deno.args;
  const session = connect(origin, { ca: await Deno.readTextFile(certificate) });
  const ask = (method: string, path: string, body?: string) =>
    new Promise<{ status: unknown; text: string }>((resolve, reject) => {
      const stream = session.request({
        ":method": method,
        ":path": path,
        "content-type": "application/json",
      }, { endStream: body === undefined });
      let status: unknown;
      let text = "";
      stream.on("response", (headers) => status = headers[":status"]);
      stream.on("data", (part) => text += String(part));
      stream.on("end", () => resolve({ status, text }));
      stream.on("error", reject);
      if (body !== undefined) stream.end(body);
    });
  const created = (await ask("PUT", "/v1/stream/s")).status;
  const numbers = Array.from({ length: 50 }, (_, at) => at);
  const told = await Promise.all(numbers.map((at) => ask("POST", "/v1/stream/s", String(at))));
  const { text: read } = await ask("GET", "/v1/stream/s?offset=-1");
  const nowhere = (await ask("POST", "/nowhere", "x".repeat(1_000))).status;
  const alive = (await ask("GET", "/livez")).status;
  const closed = new Promise<void>((resolve) => session.on("close", resolve));
  session.close();
  await closed;
  const appended = [...new Set(told.map(({ status }) => status))];
  const report: Http2Report = { created, appended, read, nowhere, alive };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(report)));
}
