import { z } from "zod";
import { atOnce, inTurns } from "../../../kernel/steps.ts";
import { isPyObject, PyFloat, type PyJson, type PyObject, valueAt } from "../../../python/json.ts";
import { pyStr } from "../../../python/str.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { refusing } from "../event/refused_body.ts";
import { isEmpty, type Model, textOf, validating } from "../event/model.ts";
import { sanitizeText, sanitizingValue } from "../event/sanitize.ts";
import { inJson, jsonBody } from "../../../web/operation.ts";
import { modelSchema } from "../event/model_schema.ts";
import type { AddRoute, RestContext, RestOperation } from "../rest/context.ts";
import { errors } from "../rest/forms.ts";
import { readJsonBody, refused } from "../rest/json_body.ts";
import { httpError, restText } from "../rest/responses.ts";
import { CHANNEL, COLLECTION, CONTRACT, EXECUTION, ORGANIZATION, PRIVATE_DATA } from "./models.ts";
import { BusinessRegistry, type Kind } from "./registry.ts";

/** The fields of a valid body. */
type Values = ReadonlyMap<string, PyJson>;

/** Adds `/api/business`: what the original keeps in memory is kept in the log. */
export function addBusinessRoutes(add: AddRoute, { service, ledger }: RestContext): void {
  const registry = new BusinessRegistry(service.log);
  const { escapeHtml } = service;
  const safeText = (text: string) => escapeHtml ? sanitizeText(text) : text;
  const safe = (value: PyJson | undefined) =>
    escapeHtml ? atOnce(sanitizingValue(value ?? null)) : value ?? null;
  const now = () => new PyFloat(ledger.clock.now() / 1_000);

  const post = (
    path: string,
    model: Model,
    told: { readonly does: string; readonly name: string; readonly answers: string },
    handle: (values: Values, part: string) => Promise<Response>,
  ) =>
    add("POST", `/api/business/${path}`, () => changing(told, model), async (c) => {
      const read = await readJsonBody(c);
      if (read instanceof Response) return read;
      await read.turn();
      const validated = await inTurns(validating(model, read.value));
      if (!validated.ok) return await refused(await inTurns(refusing(validated.errors)));
      await read.turn();
      return await handle(validated.values, c.req.param("channel_id") ?? "");
    }, "business");

  const find = (path: string, kind: Kind, title: string, field: string) =>
    add("GET", `/api/business/${path}/:${field}`, () => finding(kind, field), async (c) => {
      const name = c.req.param(field) ?? "";
      if (!await registry.has({ kind, name })) return unknown(title, name);
      return answer({ success: true, message: `${title} '${name}' found`, [field]: name });
    }, "business");

  post("organizations", ORGANIZATION, {
    does: "Registers an organisation",
    name: "register_organization",
    answers: "org_id",
  }, async (values) => {
    const id = safeText(textOf(values, "org_id"));
    const ca_config = safe(values.get("ca_config"));
    await registry.store("organization", id, { id, ca_config, registered_at: now() });
    const message = `Organization '${id}' registered successfully`;
    return answer({ success: true, message, org_id: id });
  });
  find("organizations", "organization", "Organization", "org_id");

  post("channels", CHANNEL, {
    does: "Registers a channel",
    name: "create_channel",
    answers: "channel_id",
  }, async (values) => {
    const id = textOf(values, "channel_id");
    const { organizations = [], policy = {} } = Object.fromEntries(values);
    await registry.store("channel", id, { id, organizations, policy, created_at: now() });
    return answer({
      success: true,
      message: `Channel '${id}' created successfully`,
      channel_id: id,
    });
  });
  find("channels", "channel", "Channel", "channel_id");

  post("channels/:channel_id/private-collections", COLLECTION, {
    does: "Registers a private collection of a channel",
    name: "create_private_collection",
    answers: "channel_id",
  }, async (values, channel) => {
    const name = safeText(textOf(values, "name"));
    const entry = {
      name,
      channel_id: channel,
      members: safe(values.get("members")),
      config: safe(values.get("config")),
      created_at: now(),
    };
    const needed = { kind: "channel", name: channel } as const;
    if (!await registry.store("private_collection", name, entry, needed)) {
      return unknown("Channel", channel);
    }
    // The original's words, without a space between the two.
    const message = `Private collection '${name}'created in channel '${channel}'`;
    return answer({ success: true, message, channel_id: channel });
  });

  post("private-data", PRIVATE_DATA, {
    does: "Adds to a private collection",
    name: "add_private_data",
    answers: "key",
  }, async (values) => {
    const collection = textOf(values, "collection");
    const key = safeText(textOf(values, "key"));
    const { offChain, where } = placeOf(values, "value");
    const entry = {
      key,
      collection,
      event_metadata: values.get("event_metadata") ?? {},
      created_at: now(),
      ...offChain ?? { value: values.get("value") ?? null },
    };
    const needed = { kind: "private_collection", name: collection } as const;
    if (!await registry.store("private_data", collection, entry, needed)) {
      return unknown("Private collection", collection);
    }
    const message = `Private data added to collection '${collection}'${where}`;
    return answer({ success: true, message, key });
  });

  post("contracts", CONTRACT, {
    does: "Registers a contract",
    name: "create_contract",
    answers: "contract_id",
  }, async (values) => {
    const id = textOf(values, "contract_id");
    const { offChain, where } = placeOf(values, "implementation");
    const implementation = values.get("implementation");
    if (offChain === undefined && typeof implementation !== "string") {
      // What the original means to say, before it fails.
      return httpError(400, "Contract implementation is required for on-chain storage");
    }
    await registry.store("contract", id, {
      id,
      version: safeText(textOf(values, "version")),
      metadata: safe(values.get("metadata")),
      created_at: now(),
      ...offChain ?? { implementation: safe(implementation) },
    });
    const message = `Contract '${id}' created successfully${where}`;
    return answer({ success: true, message, contract_id: id, result: null });
  });

  post("contracts/execute", EXECUTION, {
    does: "Notes that a contract is carried out",
    name: "execute_contract",
    answers: "contract_id",
  }, async (values) => {
    const id = textOf(values, "contract_id");
    const contract = await registry.find({ kind: "contract", name: id });
    if (contract === undefined) return unknown("Contract", id);
    const { event = {}, context = {} } = Object.fromEntries(values);
    const told = (object: PyJson, key: string) => {
      const value = isPyObject(object) ? valueAt(object, key) : undefined;
      return safeText(value === undefined ? "unknown" : pyStr(value));
    };
    const result = {
      status: "success",
      output: `Contract ${id} executed with event ${told(event, "event")}`,
      details: {
        contract_version: told(contract, "version"),
        event_entity: told(event, "entity_id"),
        execution_timestamp: now(),
      },
    };
    await registry.store("contract_execution", id, { contract_id: id, event, context, result });
    const message = `Contract '${id}' executed successfully`;
    return answer({ success: true, message, contract_id: id, result });
  });
}

/** An operation that registers something; `answers` is the field that names it in the answer. */
function changing(
  { does, name, answers }: {
    readonly does: string;
    readonly name: string;
    readonly answers: string;
  },
  body: Model,
): RestOperation {
  const answer = {
    success: z.literal(true),
    message: z.string(),
    [answers]: z.string(),
    result: z.looseObject({}).nullish(),
  };
  return {
    does,
    original: { name, body },
    body: jsonBody(modelSchema(body)),
    answers: { 200: inJson(z.object(answer)), ...errors(400, 404, 422) },
  };
}

function finding(kind: Kind, field: string): RestOperation {
  const answer = { success: z.literal(true), message: z.string(), [field]: z.string() };
  return {
    does: `Finds ${kind === "organization" ? "an" : "a"} ${kind}`,
    original: { name: `get_${kind}` },
    answers: { 200: inJson(z.object(answer)), ...errors(404) },
  };
}

/** What is off the chain, as an entry has it, and how an answer says so. */
function placeOf(
  values: Values,
  prefix: string,
): { readonly offChain: PyObject | undefined; readonly where: string } {
  const cid = values.get(`${prefix}_cid`);
  if (typeof cid !== "string" || cid === "") return { offChain: undefined, where: "" };
  const metadata = values.get(`${prefix}_metadata`);
  const offChain = {
    [`${prefix}_cid`]: cid,
    [`${prefix}_nonce`]: values.get(`${prefix}_nonce`) ?? null,
    ...!isEmpty(metadata) && { [`${prefix}_metadata`]: metadata ?? null },
  };
  return { offChain, where: " (off-chain storage)" };
}

function unknown(title: string, name: string): Response {
  return httpError(404, `${title} '${name}' not found`);
}

function answer(body: PyObject): Response {
  return restText(writeRestJson(body));
}
