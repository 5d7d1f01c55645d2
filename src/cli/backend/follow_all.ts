import { AWAY, waitMs } from "../../kernel/backoff.ts";
import { sleep, systemClock } from "../../kernel/clock.ts";
import { linesOfBody } from "../../server/admin/lines.ts";
import { messagesOf } from "../../streams/chain/json_messages.ts";
import { Absence } from "./absence.ts";
import type { AllQuery, Notice } from "./backend.ts";
import { isPassing, type ServerApi } from "./server_api.ts";

/**
 * Follows the chains of some patterns, and reconnects at the last offset: exactly once, whatever the
 * connection does.
 */
export async function* followAll(
  api: ServerApi,
  query: AllQuery,
  signal: AbortSignal,
  notice: Notice,
): AsyncGenerator<string> {
  const parameters = parametersOfAll(query);
  let lastId = "";
  let isKnown = false;
  const absence = new Absence(api.origin, notice);
  for (let wait = 0; !signal.aborted;) {
    try {
      const headers: HeadersInit = lastId === "" ? {} : { "last-event-id": lastId };
      const response = await api.ask("GET", `/v1/all?${parameters}`, { signal, headers });
      isKnown = true;
      wait = 0;
      absence.ends();
      for await (const { name, data, id } of eventsFrom(response)) {
        // What a browser does not do: an id counts only once all before it was handed on.
        if (name === "data") yield linesOfTexts(await textsOf(data));
        lastId = id;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isKnown || !isPassing(error)) throw error;
      absence.begins();
    }
    // Each answer ends after a minute.
    await sleep(systemClock, waitMs(wait++, AWAY, Math.random));
  }
}

function parametersOfAll({ patterns, from, filter }: AllQuery): URLSearchParams {
  const parameters = new URLSearchParams({ live: "sse", ...from });
  for (const pattern of patterns) parameters.append("chain", pattern);
  for (const type of filter.types ?? []) parameters.append("type", type);
  for (const key of filter.keys ?? []) parameters.append("key", key);
  return parameters;
}

/** The events of an answer, which has one id behind each. */
async function* eventsFrom(response: Response) {
  if (response.body === null) return;
  let name = "";
  let data: string[] = [];
  for await (const line of linesOfBody(response.body)) {
    if (line.startsWith("event: ")) name = line.slice("event: ".length);
    else if (line.startsWith("data:")) data.push(line.slice("data:".length));
    else if (line.startsWith("id: ")) {
      yield { name, data: data.join("\n"), id: line.slice("id: ".length) };
      data = [];
    }
  }
}

/** The elements of an array, each in its own text, so that numbers keep their digits. */
async function textsOf(data: string): Promise<readonly string[]> {
  const texts = await messagesOf(new TextEncoder().encode(data));
  if (texts instanceof Error) throw texts;
  const decoder = new TextDecoder();
  return texts.map((text) => decoder.decode(text));
}

/** A line of each text of JSON: what its writer has broken into lines means the same without. */
export function linesOfTexts(texts: readonly string[]): string {
  return texts.map((text) => `${text.replaceAll(/[\r\n]+/g, " ")}\n`).join("");
}
