/** Requests to a server, with the key of these stores. */

// What an answer holds is for whoever asked to know.
// deno-lint-ignore no-explicit-any
type Told = any;

let key: string | undefined;

/** From now on every request shows this key. */
export function show(secret: string): void {
  key = secret;
}

export interface Got {
  readonly status: number;
  readonly text: string;
}

/** Sends a request; a body that is no text is sent as JSON. Throws as {@linkcode open}. */
export async function ask(
  origin: string,
  method: string,
  path: string,
  body?: unknown,
  wanted = 200,
): Promise<Got> {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "content-type": "application/json" };
  return await open(origin, method, path, headers, text, wanted);
}

/** The same, and the answer is JSON. */
export async function asked(
  origin: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Told> {
  return JSON.parse((await ask(origin, method, path, body, 0)).text);
}

/** A request with headers of its own; any answer of success will do where none is named. */
export async function open(
  origin: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
  wanted = 0,
): Promise<Got> {
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(origin + path, {
    method,
    headers: { ...headers, ...authorization },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (wanted === 0 ? !response.ok : response.status !== wanted) {
    throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }
  return { status: response.status, text };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again until there is an answer. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | undefined>,
): Promise<T> {
  for (let left = 300; left > 0; left--) {
    const found = await look();
    if (found !== false && found !== undefined) return found;
    await pause(100);
  }
  throw new Error(`not in time: ${what}`);
}

/** What a socket says to `sent` until `isEnough`, as it came. */
export function hear(
  origin: string,
  path: string,
  sent: readonly unknown[],
  isEnough: (messages: readonly string[]) => boolean,
): Promise<string[]> {
  const protocols = key === undefined ? [] : ["ledger", `bearer.${key}`];
  const socket = new WebSocket(origin.replace("http", "ws") + path, protocols);
  socket.binaryType = "arraybuffer";
  const messages: string[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error(`${path}: only ${messages.length} messages: ${messages.at(-1)}`));
    }, 20_000);
    socket.onopen = () => sent.forEach((one) => socket.send(JSON.stringify(one)));
    socket.onclose = ({ code, reason }) => {
      clearTimeout(timer);
      if (isEnough(messages)) resolve(messages);
      else reject(new Error(`${path}: closed with ${code} ${reason}`));
    };
    socket.onmessage = ({ data }) => {
      messages.push(typeof data === "string" ? data : new TextDecoder().decode(data));
      if (isEnough(messages)) socket.close();
    };
  });
}
