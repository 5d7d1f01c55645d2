import { within } from "./until.ts";

/** A road to a server on this machine, on which a test may change what is answered. */
export abstract class Road {
  protected readonly closing = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: this.closing.signal },
      (request) => this.answer(request),
    );
  }

  protected abstract answer(request: Request): Promise<Response>;

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await within("the road is closed", this.#server.finished);
  }
}
