import { assert } from "@std/assert";
import { writeHeapSnapshot } from "node:v8";
import { ClientSocket } from "../../support/client_socket.ts";
import { withServer } from "../../support/in_process.ts";
import { nodeEdgeTest } from "../../support/missing.ts";
import { withFolder } from "../../support/server.ts";

/** Sockets of each route. */
const EACH = 10;

const ROUTES = [
  "/v1/stream/s?offset=now",
  "/v1/stream/s?offset=none",
  "/hierachain/ws",
  "/hathor/v1a/ws",
  "/hathor/v1a/event_ws",
  "/hathor/v1a/mining_ws",
  "/bigchaindb/api/v1/streams/valid_transactions",
  "/planetmint/api/v1/streams/valid_transactions",
];

/** How many requests of the edge are alive: a snapshot is taken of what cannot be collected. */
async function requestsAlive(folder: string): Promise<number> {
  const path = writeHeapSnapshot(`${folder}/${crypto.randomUUID()}.heapsnapshot`);
  const { snapshot, nodes, strings } = JSON.parse(await Deno.readTextFile(path));
  const { node_fields: fields, node_types: [types] } = snapshot.meta;
  const [type, name] = [fields.indexOf("type"), fields.indexOf("name")];
  let count = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (strings[nodes[at + name]] === "EdgeRequest" && types[nodes[at + type]] === "object") {
      count++;
    }
  }
  return count;
}

nodeEdgeTest(
  "a socket lets go of the request it came from",
  "has no requests of ours",
  async () => {
    await withFolder(async (folder) => {
      await withServer(async ({ main }) => {
        const made = await fetch(`${main}/v1/stream/s`, {
          method: "PUT",
          headers: { "content-type": "application/json" },
        });
        await made.body?.cancel();
        const before = await requestsAlive(folder);
        const sockets: ClientSocket[] = [];
        for (const route of ROUTES) {
          for (let at = 0; at < EACH; at++) sockets.push(await ClientSocket.open(main, route));
        }
        const kept = await requestsAlive(folder) - before;
        for (const socket of sockets) await socket.close();
        assert(kept < EACH, `${kept} requests are kept by ${sockets.length} sockets`);
      }, { flags: ["--edge=node"] });
    });
  },
);
