import { Ajv2020, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { assert, assertEquals } from "@std/assert";
import { withServer } from "../../support/in_process.ts";
import { PREPARATION } from "../../support/stranger/seeds.ts";
import { SOCKETS } from "../../support/stranger/sockets.ts";
import { until } from "../../support/until.ts";
import { WsClient } from "../../support/ws_client.ts";
import { type AsyncApi, asyncapiAt } from "./documents.ts";

const MARK = "the-last-message";

/** What a document says that the server sends on each of its sockets. */
class Sent {
  readonly #ajv = new Ajv2020({ strict: false });
  readonly #checks = new Map<string, readonly (readonly [name: string, ValidateFunction])[]>();

  constructor(document: AsyncApi) {
    formats.default(this.#ajv);
    this.#ajv.addSchema({ ...document }, "document");
    for (const [id, { address, bindings, messages }] of Object.entries(document.channels)) {
      if (address === null || bindings?.ws === undefined) continue;
      const names = Object.keys(messages).filter((name) => !name.startsWith("client_"));
      this.#checks.set(
        address,
        names.map((name) => {
          const place = `document#/channels/${id}/messages/${name}/payload`;
          return [name, this.#ajv.compile({ $ref: place })];
        }),
      );
    }
  }

  /** The names of the messages that a text may be. */
  names(address: string, text: string): string[] {
    const value: unknown = JSON.parse(text);
    return (this.#checks.get(address) ?? []).filter(([, fits]) => fits(value))
      .map(([name]) => name);
  }
}

/** The address of a socket in the document. */
function addressOf(path: string): string {
  const plain = path.replace(/\?.*/, "").replace(/\/$/, "");
  if (plain.startsWith("/v1/stream/")) return "/v1/stream/{stream}";
  if (plain === "/hierachain/ws/c") return "/hierachain/ws/{chain_name}";
  return plain.replace(/^\/hathor\/(?!v1a)/, "/hathor/v1a/");
}

Deno.test("what sockets of every ledger send is as the document of messages says", async () => {
  await withServer(async ({ main }) => {
    const sent = new Sent(await asyncapiAt(main));
    const prepare = PREPARATION.map(({ method, path, headers, body }) => async () => {
      const response = await fetch(main + path, {
        method,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        body: new TextEncoder().encode(String(body)),
      });
      await response.body?.cancel();
    });
    const isTransaction = (at: number) => PREPARATION[at]?.path.includes("/transactions") === true;
    for (const [at, step] of prepare.entries()) if (!isTransaction(at)) await step();
    const heard = new Map<string, string[]>();
    const clients: WsClient[] = [];
    for (const { paths, messages, mark } of SOCKETS) {
      for (const path of paths.filter((each) => !each.includes("rejected"))) {
        const texts: string[] = [];
        heard.set(path, texts);
        const client = await WsClient.open(main, (text) => texts.push(text), {}, path);
        clients.push(client);
        // What is no request at all has its own test.
        for (const message of messages) client.sendAsIs(message);
        if (mark !== undefined) client.sendAsIs(mark(MARK));
      }
    }
    for (const [at, step] of prepare.entries()) if (isTransaction(at)) await step();
    for (const { paths, mark } of SOCKETS) {
      for (const path of paths.filter((each) => heard.has(each))) {
        await until(
          `what ${path} sends`,
          () => heard.get(path)?.some((text) => mark === undefined || text.includes(MARK)) === true,
        );
      }
    }
    for (const client of clients) client.close();
    const unknown: string[] = [];
    const known = new Set<string>();
    for (const [path, texts] of heard) {
      for (const text of texts) {
        const names = sent.names(addressOf(path), text);
        if (names.length === 0) unknown.push(`${path}: ${text.slice(0, 300)}`);
        for (const name of names) known.add(`${addressOf(path)} ${name}`);
      }
    }
    assertEquals(unknown, []);
    assert(known.size > 30, `${[...known].sort().join("\n")}`);
  });
});
