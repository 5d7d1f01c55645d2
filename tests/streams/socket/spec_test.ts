import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { readClientMessage } from "../../../src/streams/socket/messages.ts";
import { CLOSE } from "../../../src/sockets/close_codes.ts";
import { withServer } from "../../support/in_process.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { within } from "../../support/until.ts";

const SPEC = await Deno.readTextFile(
  join(import.meta.dirname ?? ".", "../../../src/streams/WEBSOCKET.md"),
);

/** Codes that no stream's socket is closed with, or that no server sends. */
const ELSEWHERE = [CLOSE.unsupported.code, 1006];

Deno.test("the specification says of each close code what the server means by it", () => {
  const rows = [...SPEC.matchAll(/^\| (\d{4}) \|.*\| (yes|no)\b[^|]*\|$/gm)];
  const told = new Map(rows.map(([, code, back]) => [Number(code), back === "yes"]));
  for (const { code, reconnect } of Object.values(CLOSE)) {
    if (ELSEWHERE.includes(code)) continue;
    assertEquals(told.get(code), reconnect, String(code));
    told.delete(code);
  }
  assertEquals([...told.keys()], [1006]);
});

Deno.test("the messages that the specification shows are what the server reads", () => {
  const blocks = [...SPEC.matchAll(/^```(\w*)\n([\s\S]*?)\n```$/gm)]
    .flatMap(([, language, text = ""]) => language === "js" ? [] : [text]);
  const ofClients = blocks.filter((text) => /^\{\s*"type":\s*"(?:ack|append)"/.test(text));
  assertEquals(ofClients.length, 2);
  for (const text of ofClients) readClientMessage(text);
  // Shown in several lines, or several to a block.
  for (const text of blocks) {
    const texts = isJson(text) ? [text] : text.split("\n");
    assert(texts.every(isJson), text);
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("the one-line client of the specification hears the stream", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await streams.create("hello");
    await streams.append("hello", { n: 1 });
    const [, code = ""] = /^```js\n([\s\S]*?)```/m.exec(SPEC) ?? [];
    const texts: string[] = [];
    let opened: WebSocket | undefined;
    let tell = () => {};
    const told = new Promise<void>((resolve) => tell = resolve);
    const Recorded = class extends WebSocket {
      constructor(url: string) {
        super(url.replace("ws://localhost:8000", main.replace("http", "ws")));
        opened = this;
      }
    };
    const log = (text: string) => {
      texts.push(text);
      if (text.includes("caught_up")) tell();
    };
    new Function("WebSocket", "console", code)(Recorded, { log });
    await within("the end of the stream", told);
    assertEquals(texts.map((text) => JSON.parse(text).type), ["start", "events", "caught_up"]);
    await within(
      "it closes",
      new Promise((resolve) => {
        opened?.addEventListener("close", resolve);
        opened?.close();
      }),
    );
  });
});
