/**
 * Run before the client's examples, which speak of a server at http://localhost:8000: a developer may
 * have one of his own there, so they reach the one at LEDGER_TEST_ORIGIN.
 */
const { host } = new URL(Deno.env.get("LEDGER_TEST_ORIGIN") ?? "");

/** The same URL, at the server of this run. */
function here(url: string | URL): URL {
  return Object.assign(new URL(url), { host });
}

const { WebSocket: Socket, fetch: get } = globalThis;
globalThis.WebSocket = class extends Socket {
  constructor(url: string | URL, protocols?: string | string[] | WebSocketOptions) {
    super(here(url), protocols);
  }
};
globalThis.fetch = (url, init) => get(url instanceof Request ? url : here(url), init);
