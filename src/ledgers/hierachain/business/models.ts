import { cidFault, nonceFault } from "../event/event_fields.ts";
import type { Field, Model } from "../event/model.ts";

/*
 * The bodies of `/api/business` (hierachain 0.2.0, api/business/schemas.py's rules as measured).
 */

const text: Field = { kind: "text" };
const texts: Field = { kind: "texts" };
const object: Field = { kind: "object" };
const perhapsObject: Field = { kind: "object", isOptional: true };

/** Where something is that is too large or too secret for the ledger, and how to decrypt it. */
function offChain(prefix: string): Readonly<Record<string, Field>> {
  const cid = `${prefix}_cid`;
  const nonce = `${prefix}_nonce`;
  return {
    [cid]: {
      ...text,
      isOptional: true,
      fault: (value) => typeof value === "string" ? cidFault(value) : undefined,
    },
    [nonce]: {
      ...text,
      isOptional: true,
      fault: (value, seen) =>
        nonceFault(nonce, typeof value === "string" ? value : null, Boolean(seen.get(cid))),
    },
    [`${prefix}_metadata`]: perhapsObject,
  };
}

export const ORGANIZATION: Model = {
  name: "OrganizationRequest",
  fields: { org_id: text, ca_config: object },
};

export const CHANNEL: Model = {
  name: "ChannelCreateRequest",
  fields: { channel_id: text, organizations: texts, policy: object },
};

export const COLLECTION: Model = {
  name: "PrivateCollectionCreateRequest",
  fields: { name: text, members: texts, config: object },
};

export const PRIVATE_DATA: Model = {
  name: "PrivateDataRequest",
  fields: {
    collection: text,
    key: text,
    value: perhapsObject,
    ...offChain("value"),
    event_metadata: object,
  },
};

export const CONTRACT: Model = {
  name: "ContractCreateRequest",
  fields: {
    contract_id: text,
    version: text,
    implementation: {
      ...text,
      isOptional: true,
      // As in the original, one that is named and empty is refused whatever stands beside it.
      fault: (value) =>
        value ? undefined : "Either implementation or implementation_cid must be provided",
    },
    ...offChain("implementation"),
    metadata: object,
  },
};

export const EXECUTION: Model = {
  name: "ContractExecuteRequest",
  fields: { contract_id: text, event: object, context: object },
};
