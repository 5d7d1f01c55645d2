import { assertEquals } from "@std/assert";
import type { Told } from "./client_socket.ts";

/** A client of the control routes of streams. */
export class SubscriptionsApi {
  readonly #base: string;

  constructor(origin: string) {
    this.#base = `${origin}/v1/stream/__ds/`;
  }

  /** Sends JSON; the answer's body is undefined where there is none. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<{ status: number; body: Told }> {
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Makes a subscription, which must be new. */
  async create(id: string, config: Readonly<Record<string, unknown>>): Promise<Told> {
    const { status, body } = await this.send("PUT", `subscriptions/${id}`, config);
    assertEquals(status, 201, JSON.stringify(body));
    return body;
  }

  /** A webhook with a pattern. */
  webhook(id: string, pattern: string, url: string, lease = 1_000): Promise<Told> {
    return this.create(id, { type: "webhook", pattern, webhook: { url }, lease_ttl_ms: lease });
  }

  async get(id: string): Promise<Told> {
    const { status, body } = await this.send("GET", `subscriptions/${id}`);
    assertEquals(status, 200, JSON.stringify(body));
    return body;
  }

  /** How far a subscription has come with a stream; undefined where that is not linked. */
  async acked(id: string, path: string): Promise<string | undefined> {
    const { streams } = await this.get(id);
    return streams.find((stream: Told) => stream.path === path)?.acked_offset;
  }

  post(id: string, action: string, body: unknown, token?: string) {
    return this.send("POST", `subscriptions/${id}/${action}`, body, token);
  }
}
