/**
 * The ceiling for streaming: `Deno.serve` and `Deno.upgradeWebSocket` sending prepared frames, with
 * the same rule about full sockets as the real server, and nothing else. Started as a process of
 * its own; the port is its argument.
 *
 * - A socket that says `replay COUNT BYTES` is sent as many frames.
 * - `POST /fan?count=COUNT&bytes=BYTES` sends as many to every socket, and answers when all are
 *   handed over.
 * - `POST /read` reads the body and answers with nothing worth reading: HTTP's own ceiling.
 * - `GET /rss` answers with the resident memory in bytes.
 */

// Marks of its own, so that a change of the real server's does not move its ceiling. With these the
// bare server is at its fastest.
const SOCKET_HIGH_WATER = 256 * 1024;
const SOCKET_LOW_WATER = 64 * 1024;
const LOOK_EVERY_BYTES = 16 * 1024;
/** Distinct frames, as a real stream has them. */
const PREPARED = 400;

const sockets = new Set<WebSocket>();
const prepared = new Map<number, readonly string[]>();

function framesOf(bytes: number): readonly string[] {
  const known = prepared.get(bytes);
  if (known !== undefined) return known;
  const frames = Array.from({ length: PREPARED }, (_, at) => String(at).padEnd(bytes, "x"));
  prepared.set(bytes, frames);
  return frames;
}

/** Sends frames `sent` to `count - 1` as far as the socket takes them, and the rest later. */
function stream(socket: WebSocket, bytes: number, count: number, sent = 0): void {
  const frames = framesOf(bytes);
  let unseen = LOOK_EVERY_BYTES;
  for (let at = sent; at < count; at++) {
    if (unseen >= LOOK_EVERY_BYTES) {
      if (socket.bufferedAmount >= SOCKET_HIGH_WATER) {
        return lookAgain(socket, 1, () => stream(socket, bytes, count, at));
      }
      unseen = 0;
    }
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(frames[at % PREPARED] ?? "");
    unseen += bytes;
  }
}

function lookAgain(socket: WebSocket, wait: number, go: () => void): void {
  setTimeout(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount <= SOCKET_LOW_WATER) return go();
    lookAgain(socket, Math.min(wait * 2, 100), go);
  }, wait);
}

async function handle(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (request.headers.get("upgrade") === "websocket") {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 40 });
    socket.onopen = () => sockets.add(socket);
    socket.onclose = () => sockets.delete(socket);
    socket.onmessage = ({ data }) => {
      const [what, count, bytes] = String(data).split(" ");
      if (what === "replay") stream(socket, Number(bytes), Number(count));
    };
    return response;
  }
  if (url.pathname === "/fan") {
    const count = Number(url.searchParams.get("count"));
    const bytes = Number(url.searchParams.get("bytes"));
    for (const socket of sockets) stream(socket, bytes, count);
    return new Response("{}");
  }
  if (url.pathname === "/read") {
    await request.bytes();
    return new Response("{}");
  }
  if (url.pathname === "/rss") return new Response(String(Deno.memoryUsage().rss));
  return new Response("no such thing", { status: 404 });
}

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, handle);
