/** Reads a stream to its end by server-sent events, as a client does that knows nothing else. */
export async function readBySse(url: string, more = ""): Promise<SseRead> {
  const parts: Uint8Array[] = [];
  const encodings: string[] = [];
  let offset = "-1";
  for (let isClosed = false; !isClosed;) {
    const response = await fetch(`${url}?offset=${offset}&live=sse${more}`);
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const encoding = response.headers.get("stream-sse-data-encoding") ?? "text";
    encodings.push(encoding);
    for (const { name, data } of eventsIn(await response.bytes())) {
      if (name === "data") {
        parts.push(
          encoding === "base64"
            ? Uint8Array.fromBase64(data.replaceAll("\n", ""))
            : new TextEncoder().encode(data),
        );
        continue;
      }
      const control = JSON.parse(data);
      offset = control.streamNextOffset;
      isClosed = control.streamClosed === true;
    }
  }
  return { parts, encodings };
}

/** What came, event by event, and how each answer was encoded. */
export interface SseRead {
  readonly parts: readonly Uint8Array[];
  readonly encodings: readonly string[];
}

/** The events of a body, by the rules of the HTML standard (section 9.2.6). */
export function eventsIn(body: Uint8Array): { name: string; data: string }[] {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  const events: { name: string; data: string }[] = [];
  let name = "message";
  let data: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === "") {
      if (data.length > 0) events.push({ name, data: data.join("\n") });
      name = "message";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1);
    const given = value.startsWith(" ") ? value.slice(1) : value;
    if (line.startsWith("event:")) name = given;
    if (line.startsWith("data:")) data.push(given);
  }
  return events;
}
