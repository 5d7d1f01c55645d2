import { z } from "zod";
import type { NewEvent, PlacedEvent } from "../../log/event.ts";
import type { RowKey } from "../../log/keys.ts";
import type { Projection } from "../../log/projection.ts";
import { damaged } from "../../log/segments.ts";
import type { Scope } from "../../web/access.ts";

/** What the names of the server's own chains begin with. */
export const OWN_PREFIX = "ledgerline/";

/** The chain of this server's keys. */
export const KEYS_CHAIN = `${OWN_PREFIX}keys`;

const NO_TEXT = "well-formed Unicode";

function isText(text: string): boolean {
  return text.isWellFormed();
}

const scope: z.ZodType<Scope> = z.enum(["read", "append", "admin"]);

/** A chain's full name in the log, or the beginning of names with a `*` behind it. */
const pattern = z.string().min(1).max(257).regex(
  /^[^*]*\*?$/,
  "a chain's name, or the beginning of names followed by *",
).refine(isText, NO_TEXT);

/** A request for a key. */
export const keyRequest = z.strictObject({
  /** Whom or what it is for, for people. */
  name: z.string().trim().min(1).max(200).refine(isText, NO_TEXT),
  scopes: z.array(scope).min(1).max(3).default(["read"]),
  chains: z.array(pattern).min(1).max(100).default(["*"]),
  /** ISO 8601. */
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type KeyRequest = z.infer<typeof keyRequest>;

const created = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scope),
  chains: z.array(z.string()),
  hash: z.string(),
  expiresAt: z.number().nullable(),
});
const revoked = z.object({ id: z.string() });

/** A key as it is kept: everything but the key. Times are milliseconds since the epoch. */
export type StoredKey = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly chains: readonly string[];
  /** SHA-256 of the key, in hex. */
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
};

/** What happened to a key. */
export type KeyChange =
  | { readonly kind: "created"; readonly key: StoredKey }
  | { readonly kind: "revoked"; readonly id: string; readonly at: number };

const CREATED = "key_created";
const REVOKED = "key_revoked";

export function keyCreated(key: z.infer<typeof created>): NewEvent {
  return { type: CREATED, keys: [key.id], data: JSON.stringify(key) };
}

export function revokedEvent(id: string): NewEvent {
  return { type: REVOKED, keys: [id], data: JSON.stringify({ id }) };
}

/**
 * What an event of the chain says; undefined for a type of a later version. Throws `damaged` for one
 * that cannot be read: which keys it makes or revokes is not known.
 */
export function changeOf(event: PlacedEvent): KeyChange | undefined {
  const { type, time } = event;
  if (type === CREATED) {
    const key = parsed(created, event);
    return { kind: "created", key: { ...key, createdAt: time, revokedAt: null } };
  }
  if (type !== REVOKED) return undefined;
  return { kind: "revoked", id: parsed(revoked, event).id, at: time };
}

function parsed<T>(form: z.ZodType<T>, { offset, type, data }: PlacedEvent): T {
  try {
    return form.parse(JSON.parse(String(data)));
  } catch (error) {
    throw damaged(KEYS_CHAIN, offset, `it is not an event of type ${type}`, error);
  }
}

export const KEY_ROWS: RowKey = ["key"];

export function keyRow(id: string): RowKey {
  return [...KEY_ROWS, id];
}

/** A row for each key, revoked ones as well. */
export const keyProjection: Projection = {
  version: 1,
  async apply(event, rows) {
    const change = changeOf(event);
    if (change?.kind === "created") rows.set(keyRow(change.key.id), change.key);
    if (change?.kind !== "revoked") return;
    const key = await rows.get<StoredKey>(keyRow(change.id));
    if (key !== undefined) rows.set(keyRow(key.id), { ...key, revokedAt: change.at });
  },
};
