import { assertEquals } from "@std/assert";
import type { Told } from "./client_socket.ts";
import { until } from "./until.ts";

/** What tells who is there, of a server's main port, as the holder of a key asks it. */
export class WatchApi {
  readonly #main: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(main: string, key?: string) {
    this.#main = main;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  async ask(method: string, path: string): Promise<{ status: number; body: Told }> {
    const answer = await fetch(this.#main + path, { method, headers: this.#headers });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** What is answered, which has to be a success. */
  async get(path: string): Promise<Told> {
    const { status, body } = await this.ask("GET", path);
    assertEquals(status, 200, JSON.stringify(body));
    return body;
  }

  async connections(query = ""): Promise<Told[]> {
    return (await this.get(`/v1/connections${query}`)).connections;
  }

  /** The first connection that a test looks for, once it is there. */
  async found(what: string, isIt: (one: Told) => boolean): Promise<Told> {
    return await until(what, async () => (await this.connections()).find(isIt));
  }

  async close(id: string): Promise<number> {
    return (await this.ask("DELETE", `/v1/connections/${id}`)).status;
  }

  async subscription(id: string): Promise<Told> {
    const { subscriptions } = await this.get("/v1/subscriptions");
    return subscriptions.find((one: Told) => one.id === id);
  }

  async order(id: string, order: string): Promise<Told> {
    const { status, body } = await this.ask("POST", `/v1/subscriptions/${id}/${order}`);
    assertEquals(status, 200, JSON.stringify(body));
    return body;
  }
}
