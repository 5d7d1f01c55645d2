import { getLogger } from "@logtape/logtape";
import type { Hono } from "hono";
import { z } from "zod";
import type { RequestEnv } from "../../web/ledger.ts";
import type { KeyStore } from "../keys/key_store.ts";
import type { StoredKeys } from "../keys/stored_keys.ts";
import { type KeyRequest, keyRequest, type StoredKey } from "../keys/stored_key.ts";
import { described } from "../../web/described.ts";
import { inJson, jsonBody, type Tells } from "../../web/operation.ts";
import { problem, problemForm } from "../../web/problem.ts";
import { adminRoute } from "./admin_route.ts";
import { timeOf, told } from "./answers.ts";
import { type AdminContext, requireAdmin } from "./authorize.ts";
import { readJsonRequest } from "./json_request.ts";

const logger = getLogger(["ledgerline", "keys"]);

/** What the routes of keys need. */
export interface KeysContext extends AdminContext {
  readonly keys: KeyStore;
  readonly stored: StoredKeys;
}

const time = z.iso.datetime();

/** A key as it is shown. Times are ISO 8601. */
const shownKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()).readonly(),
  chains: z.array(z.string()).readonly(),
  createdAt: time,
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
});
export type ShownKey = Readonly<z.infer<typeof shownKeySchema>>;

const toldOfAll: Tells = () => ({
  does: "Lists keys, without what is secret of them",
  answers: { 200: inJson(z.object({ keys: z.array(shownKeySchema) })) },
});

const toldOfCreation: Tells = () => ({
  does: "Creates a key, and tells it this once",
  body: jsonBody(keyRequest),
  answers: {
    201: inJson(shownKeySchema.extend({ key: z.string() })),
    400: problemForm(),
    415: problemForm(),
    422: problemForm(),
  },
});

const toldOfRevocation: Tells = () => ({
  does: "Revokes a key",
  answers: { 200: inJson(shownKeySchema), 404: problemForm() },
});

/** `/v1/keys`: list, create, revoke. What is answered has taken effect in this process. */
export function keyRoutes(app: Hono<RequestEnv>, context: KeysContext): void {
  const { keys, stored } = context;
  const list = described(toldOfAll, async ({ req: { raw }, env: { remoteAddress } }) => {
    const refused = requireAdmin(context, { request: raw, remoteAddress });
    return refused ?? told({ keys: (await keys.list()).map(shown) });
  });
  const create = adminRoute(context, toldOfCreation, async ({ req: { raw } }) => {
    const request = await readRequest(raw);
    if (request instanceof Response) return request;
    const { key, secret, next } = await keys.create(request);
    await stored.reached(next);
    logger.info("key {id} created", { id: key.id });
    return told({ ...shown(key), key: secret }, 201);
  });
  const revoke = adminRoute(context, toldOfRevocation, async ({ req }) => {
    const changed = await keys.revoke(req.param("id") ?? "");
    if (changed === undefined) return problem(404, "not_found", "There is no key of that id");
    await stored.reached(changed.next);
    logger.info("key {id} revoked", { id: changed.key.id });
    return told(shown(changed.key));
  });
  app.get("/v1/keys", list);
  app.post("/v1/keys", create);
  app.delete("/v1/keys/:id", revoke);
}

/** A key without its hash. */
export function shown(key: StoredKey): ShownKey {
  const { id, name, scopes, chains, createdAt, expiresAt, revokedAt } = key;
  return {
    id,
    name,
    scopes,
    chains,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: timeOf(expiresAt),
    revokedAt: timeOf(revokedAt),
  };
}

async function readRequest(request: Request): Promise<KeyRequest | Response> {
  // Against CSRF: a page of another site cannot send JSON without a preflight.
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    return problem(415, "content_type_invalid", "The body must be application/json");
  }
  return await readJsonRequest(request, keyRequest);
}
