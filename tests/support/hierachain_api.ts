import { assertEquals } from "@std/assert";
import { until } from "./until.ts";

/** An answer of the server, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // What a body holds is for each test to know.
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** What an appended event was answered with. */
export interface Acknowledged {
  readonly eventId: string;
  readonly offset: number;
  readonly id: string;
}

/** The REST side of a server, as a test asks it. */
export class HieraChainApi {
  readonly origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(origin: string, headers: Readonly<Record<string, string>> = {}) {
    this.origin = origin;
    this.#headers = headers;
  }

  async ask(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(this.#headers);
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    const response = await fetch(this.origin + path, { ...init, method, headers });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    const body = isJson && text !== "" ? parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, body };
  }

  get(path: string): Promise<Answer> {
    return this.ask("GET", path);
  }

  post(path: string, body?: unknown): Promise<Answer> {
    if (body === undefined) return this.ask("POST", path);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.ask("POST", path, {
      body: text,
      headers: { "content-type": "application/json" },
    });
  }

  /** Creates a chain, which must not be there. */
  async create(chain: string): Promise<void> {
    assertEquals((await this.post(`/api/ledger/chains/${chain}/create`)).status, 201);
  }

  /** Appends an event, which must be accepted. */
  async append(chain: string, event: unknown): Promise<Acknowledged> {
    const { status, body, headers, text } = await this.post(
      `/api/ledger/chains/${chain}/events`,
      event,
    );
    assertEquals(status, 200, text);
    return {
      eventId: body.event_id,
      offset: Number(headers.get("ledger-offset")),
      id: headers.get("ledger-id") ?? "",
    };
  }

  /** Appends small events as one batch; their entities are `<prefix>-<number>`. */
  async fill(chain: string, count: number, prefix = "E", type = "made"): Promise<number> {
    let first = -1;
    for (let at = 0; at < count; at += 400) {
      const batch = Array.from({ length: Math.min(400, count - at) }, (_, index) => ({
        entity_id: `${prefix}-${at + index}`,
        event_type: type,
        details: { number: at + index },
      }));
      const { status, body, text } = await this.post(
        `/api/ledger/chains/${chain}/events/batch`,
        batch,
      );
      assertEquals(status, 200, text);
      if (first === -1) first = body.first_offset;
    }
    return first;
  }

  /** Waits until the chain has that many blocks, and gives their number. */
  blocks(chain: string, least: number): Promise<number> {
    return until(`${chain} has ${least} blocks`, async () => {
      const { body } = await this.get(`/api/ledger/chains/${chain}/stats`);
      return body.total_blocks >= least && body.total_blocks;
    });
  }
}

/** Bodies may hold what JSON.parse does not take, such as NaN; then there is only the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
