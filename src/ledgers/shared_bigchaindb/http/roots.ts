import type { Software } from "../chain/dialect.ts";
import { jsonifyBody } from "./json_bodies.ts";

const COLLECTIONS = ["assets", "blocks", "metadata", "outputs", "transactions"];

/**
 * The body of `GET /`.
 *
 * @param streamBase where streams are told to be, e.g. `ws://localhost:9985`
 */
export function rootBody(software: Software, streamBase: string): string {
  const { name, version, docs } = software;
  return jsonifyBody({
    api: { v1: apiRoot(software, streamBase, "/api/v1/") },
    docs: `${docs}${version}/`,
    software: name,
    version,
  });
}

/** The body of `GET /api/v1`, where paths stand without `/api/v1`. */
export function apiRootBody(software: Software, streamBase: string): string {
  return jsonifyBody(apiRoot(software, streamBase, "/"));
}

function apiRoot({ version, docs, streams }: Software, streamBase: string, prefix: string) {
  return Object.fromEntries([
    ["docs", `${docs}${version}/http-client-server-api.html`],
    ...COLLECTIONS.map((name) => [name, `${prefix}${name}/`]),
    ["validators", `${prefix}validators`],
    ...Object.entries(streams).map(([name, path]) => [name, `${streamBase}${path}`]),
  ]);
}

/** The path of the stream of valid transactions. */
export const TRANSACTION_STREAM = "/api/v1/streams/valid_transactions";
