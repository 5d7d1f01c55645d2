/**
 * Asks a server's developer mode: with a body by POST, else by GET, or by the method that is given.
 * `what` is what stands after `/v1/dev/`; resolves with the answer. Throws with the server's words
 * where it refuses.
 */
export type DevAsk = (what: string, body?: unknown, method?: string) => Promise<unknown>;

/** Asks the server at an origin. */
export function askDev(origin: string): DevAsk {
  return async (what, body, method = body === undefined ? "GET" : "POST") => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${origin}/v1/dev/${what}`, { method, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${what} was refused with ${response.status}: ${text}`);
    return JSON.parse(text);
  };
}
