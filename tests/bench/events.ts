/** Bytes of every event. */
export const EVENT_BYTES = 450;

const ENTITIES = 1_000;

const encoder = new TextEncoder();

/**
 * An event of {@linkcode EVENT_BYTES} bytes as a HieraChain client posts it. `sent` is a number of
 * 15 digits that comes back in the frame.
 */
export function eventText(number: number, sent = SENT_BASE): string {
  const entity = `PROD-${String(number % ENTITIES).padStart(4, "0")}`;
  const head =
    `{"entity_id":"${entity}","event_type":"production_complete","details":{"sent":${sent},"batch":"B-${
      String(number % 100_000).padStart(5, "0")
    }","site":"Plant 7","note":"`;
  return `${head}${"x".repeat(EVENT_BYTES - head.length - 3)}"}}`;
}

/** Send times are counted from here, so that all have 15 digits: 16 take the slow number parser. */
export const SENT_BASE = 100_000_000_000_000;

/** Now, for {@linkcode eventText}: microseconds of this process's clock. */
export function sentNow(): number {
  return SENT_BASE + Math.round(performance.now() * 1_000);
}

/** A request that appends one event to a chain. */
export function appendRequest(chain: string, number: number, sent?: number): Uint8Array {
  return post(`/api/ledger/chains/${chain}/events`, eventText(number, sent));
}

/** A request that appends `count` events to a chain, all or none. */
export function batchRequest(chain: string, first: number, count: number): Uint8Array {
  const events = Array.from({ length: count }, (_, at) => eventText(first + at));
  return post(`/api/ledger/chains/${chain}/events/batch`, `[${events.join(",")}]`);
}

/** A request that appends `count` events to a stream, all or none. */
export function streamRequest(stream: string, first: number, count: number): Uint8Array {
  const events = Array.from({ length: count }, (_, at) => eventText(first + at));
  return post(`/v1/stream/${stream}`, count === 1 ? events[0] : `[${events.join(",")}]`);
}

export function post(path: string, body = ""): Uint8Array {
  return request("POST", path, body);
}

export function get(path: string): Uint8Array {
  return encoder.encode(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
}

export function request(method: "POST" | "PUT", path: string, body = ""): Uint8Array {
  return encoder.encode(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
}
