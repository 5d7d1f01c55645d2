import { assertEquals } from "@std/assert";
import { PIPELINED_AT_ONCE, PIPELINED_WAITING } from "../../../src/kernel/limits.ts";
import { RawConnection, withEdge } from "../../support/edges.ts";
import { until, within } from "../../support/until.ts";

/** A request of so many bytes. */
function request(path: string, bytes: number): string {
  const bare = `GET ${path} HTTP/1.1\r\nhost: h\r\nx: `;
  return `${bare}${"x".repeat(Math.max(0, bytes - bare.length - 4))}\r\n\r\n`;
}

Deno.test("node: of requests sent ahead few are served at once, and all are answered in turn", async () => {
  const REQUESTS = 20_000;
  const first = Promise.withResolvers<void>();
  let served = 0;
  let atOnce = 0;
  let most = 0;
  const handler = async ({ url }: Request) => {
    served++;
    most = Math.max(most, ++atOnce);
    await (url.endsWith("/0") ? first.promise : undefined);
    atOnce--;
    return new Response(`${new URL(url).pathname}\n`);
  };
  await withEdge("node", handler, async ({ port }) => {
    const connection = await RawConnection.open(port);
    const all = Array.from({ length: REQUESTS }, (_, at) => request(`/${at}`, 100)).join("");
    // Most of it stays with the system until there is room for it.
    const sending = connection.write(all);
    await until("the first are served", () => served === PIPELINED_AT_ONCE);
    first.resolve();
    const last = `/${REQUESTS - 1}\n`;
    const text = await connection.until("the last answer", (text) => text.endsWith(last));
    await within("all is sent", sending);
    assertEquals(text.match(/^\/\d+$/gm)?.map((line) => Number(line.slice(1))), [
      ...Array(REQUESTS).keys(),
    ]);
    assertEquals(most <= PIPELINED_AT_ONCE, true);
    connection.close();
  });
});

Deno.test("node: whoever sends more requests ahead than may wait is cut", async () => {
  let served = 0;
  const handler = () => {
    served++;
    return new Promise<Response>(() => {});
  };
  await withEdge("node", handler, async ({ port, connections }) => {
    const connection = await RawConnection.open(port);
    const count = PIPELINED_AT_ONCE + PIPELINED_WAITING + 1;
    await connection.write(request("/", 0).repeat(count)).catch(() => {});
    await connection.ended();
    await until("it is gone", () => connections.count === 0);
    assertEquals(served, PIPELINED_AT_ONCE);
    connection.close();
  });
});

Deno.test("node: of requests sent ahead one that may change something is served alone, in its turn", async () => {
  const answers = new Map<string, PromiseWithResolvers<Response>>();
  const begun: string[] = [];
  const handler = ({ method, url }: Request) => {
    const name = `${method} ${new URL(url).pathname}`;
    begun.push(name);
    const answer = Promise.withResolvers<Response>();
    answers.set(name, answer);
    return answer.promise;
  };
  await withEdge("node", handler, async ({ port }) => {
    const connection = await RawConnection.open(port);
    const post = (path: string) => `POST ${path} HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\n\r\nx`;
    const get = (path: string) => request(path, 0);
    await connection.write([get("/0"), get("/1"), post("/2"), post("/3"), get("/4")].join(""));
    const order = ["GET /0", "GET /1", "POST /2", "POST /3", "GET /4"];
    for (const [answered, served] of [[0, 2], [2, 3], [3, 4], [4, 5]] as const) {
      for (const name of order.slice(0, answered)) answers.get(name)?.resolve(new Response(name));
      await until(`${served} are served`, () => begun.length === served);
      // Whoever would overtake would have begun by the time that another connection is answered.
      const other = await RawConnection.open(port);
      await other.write(get(`/other${served}`));
      const probe = `GET /other${served}`;
      await until("the other is served", () => begun.includes(probe));
      answers.get(probe)?.resolve(new Response());
      begun.splice(begun.indexOf(probe), 1);
      other.close();
      assertEquals(begun, order.slice(0, served));
    }
    answers.get("GET /4")?.resolve(new Response("last"));
    await connection.until("the last answer", (text) => text.endsWith("last"));
    connection.close();
  });
});
