import { Pace } from "../../kernel/turn.ts";
import type { Shape } from "../../web/operation.ts";
import { type DescribedPort, operationsOf, type PlacedOperation } from "./place.ts";
import { SchemaBook } from "./schema_book.ts";
import { VERSION } from "../../kernel/version.ts";

/** Where a port is, as it was asked for. */
export interface AskedAt {
  readonly host: string;
  readonly isSecure: boolean;
  /** The path in front of all others, without a slash at its end; empty for none. */
  readonly pathname: string;
}

const SERVERS = "#/servers/";
const CHANNELS = "#/channels/";

/** How messages come: by a socket, as server-sent events, or as a request of the server's own. */
type Way = "ws" | "sse" | "webhook";

/** Where the channels of a document are. */
export function serversAt({ host, isSecure, pathname }: AskedAt): object {
  const at = { host, ...pathname !== "" && { pathname } };
  return {
    sockets: { ...at, protocol: isSecure ? "wss" : "ws", security: SECURITY },
    http: { ...at, protocol: isSecure ? "https" : "http", security: SECURITY },
  };
}

/**
 * The sockets of a port, its server-sent events and its webhooks, as AsyncAPI 3.0 has it, but for its
 * `servers`.
 */
export async function asyncapiOf(port: DescribedPort): Promise<object> {
  const document = new AsyncDocument();
  const turns = new Pace(1);
  for (const placed of operationsOf(port)) {
    if (turns.isDue) await turns.give();
    if (placed.sameAs !== undefined) continue;
    const { socket, events, webhook, query } = placed.operation;
    if (socket !== undefined) {
      const { sends, takes = {}, query: own = query, protocol } = socket;
      document.add(placed, "ws", { sends, takes, query: own, protocol });
    }
    if (events !== undefined) document.add(placed, "sse", { sends: events, takes: {}, query });
    if (webhook !== undefined) {
      document.add(placed, "webhook", { sends: { [webhook.name]: webhook.body }, takes: {} });
    }
  }
  const { channels, operations, book } = document;
  return {
    asyncapi: "3.0.0",
    info: { title: port.title, version: VERSION, license: { name: "Apache-2.0" } },
    defaultContentType: "application/json",
    channels,
    operations,
    components: {
      schemas: book.named,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "Where the server needs keys" },
      },
    },
  };
}

const SECURITY = [{ $ref: "#/components/securitySchemes/bearer" }];

interface Messages {
  readonly sends: Readonly<Record<string, Shape>>;
  readonly takes: Readonly<Record<string, Shape>>;
  readonly query?: Shape | undefined;
  readonly protocol?: string | undefined;
}

class AsyncDocument {
  readonly channels: Record<string, object> = {};
  readonly operations: Record<string, object> = {};
  readonly book = new SchemaBook("draft-7");

  add({ path, parts, operation }: PlacedOperation, way: Way, messages: Messages): void {
    const { sends, takes, query, protocol } = messages;
    const id = `${way}${path.replaceAll(/\W+/g, "_").replace(/_$/, "")}`;
    const isWebhook = way === "webhook";
    const kinds = [["send", sends], ["receive", takes]] as const;
    this.channels[id] = {
      // A webhook's address is whatever its subscription says.
      address: isWebhook ? null : path,
      title: isWebhook ? operation.webhook?.does : operation.does,
      ...!isWebhook && { servers: [{ $ref: SERVERS + (way === "ws" ? "sockets" : "http") }] },
      ...!isWebhook && parts.length > 0 && {
        parameters: Object.fromEntries(parts.map(({ name }) => [name, {}])),
      },
      messages: Object.fromEntries(
        kinds.flatMap(([action, all]) =>
          Object.entries(all).map(([name, schema]) => [
            nameIn(action, name),
            // A document tells what is sent as it is, and of what is taken what may be.
            { name, payload: this.book.of(schema, action === "send" ? "output" : "input") },
          ])
        ),
      ),
      ...way === "ws" && { bindings: { ws: this.#socketBinding(query, protocol) } },
    };
    for (const [action, all] of kinds) {
      const names = Object.keys(all);
      if (names.length === 0) continue;
      this.operations[`${action}_${id}`] = {
        action,
        channel: { $ref: CHANNELS + id },
        summary: operation.does,
        messages: names.map((name) => ({
          $ref: `${CHANNELS}${id}/messages/${nameIn(action, name)}`,
        })),
        ...way !== "ws" && { bindings: { http: this.#httpBinding(query, isWebhook) } },
      };
    }
  }

  #socketBinding(query: Shape | undefined, protocol: string | undefined): object {
    return {
      method: "GET",
      ...query !== undefined && { query: this.book.of(query, "input") },
      ...protocol !== undefined && {
        headers: {
          type: "object",
          properties: { "sec-websocket-protocol": { type: "string", const: protocol } },
        },
      },
    };
  }

  #httpBinding(query: Shape | undefined, isWebhook: boolean): object {
    return {
      method: isWebhook ? "POST" : "GET",
      ...query !== undefined && { query: this.book.of(query, "input") },
    };
  }
}

/** One name may be that of a message in each direction. */
function nameIn(action: "send" | "receive", name: string): string {
  return action === "send" ? name : `client_${name}`;
}
