import { merge, object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import type { Parser } from "@optique/core/parser";
import { choice, string } from "@optique/core/valueparser";
import { LedgerError } from "../../kernel/errors.ts";
import type { ShownKey } from "../../server/admin/keys.ts";
import { keyRequest } from "../../server/keys/stored_key.ts";
import { type BackendFlags, backendOptions, withBackend } from "../backend/open_backend.ts";
import { print, printAsIs, say, table } from "../terminal/terminal.ts";

const json = option("--json", { description: message`One JSON object per line` });

const create = map(
  command(
    "create",
    merge(
      object({
        name: argument(string({ metavar: "NAME" }), { description: message`What it is for` }),
        scope: multiple(option("--scope", choice(["read", "append", "admin"]), {
          description: message`What it may do (read); may be repeated`,
        })),
        chain: multiple(option("--chain", string({ metavar: "CHAIN" }), {
          description:
            message`A chain it is good for, or the beginning of names and a * (all); may be repeated`,
        })),
        expires: optional(option("--expires", string({ metavar: "TIME" }), {
          description: message`When it ends, ISO 8601 with its zone`,
        })),
        json,
      }),
      backendOptions,
    ),
    { brief: message`Make a key; it is printed this once and stored as a hash` },
  ),
  (flags) => () => createKey(flags),
);

const list = map(
  command("list", merge(object({ json }), backendOptions), { brief: message`List the keys` }),
  (flags) => () => listKeys(flags),
);

const revoke = map(
  command(
    "revoke",
    merge(
      object({
        id: argument(string({ metavar: "ID" }), { description: message`The key's id` }),
      }),
      backendOptions,
    ),
    { brief: message`End a key for good; sockets opened with it are closed` },
  ),
  (flags) => () => revokeKey(flags),
);

const brief = message`Make, list and revoke the keys that clients show`;

/** `keys create`, `keys list` and `keys revoke`. */
export const keysCommand = command("keys", or(create, list, revoke), { brief });

/** The one of them that `word` names, whose errors know its options; all, where it is none. */
export function keysCommandOf(
  word: string | undefined,
): Parser<"sync", () => Promise<number>, unknown> {
  switch (word) {
    case "create":
      return command("keys", create, { brief });
    case "list":
      return command("keys", list, { brief });
    case "revoke":
      return command("keys", revoke, { brief });
    default:
      return keysCommand;
  }
}

interface CreateFlags extends BackendFlags {
  readonly name: string;
  readonly scope: readonly string[];
  readonly chain: readonly string[];
  readonly expires: string | undefined;
  readonly json: boolean;
}

export async function createKey(flags: CreateFlags): Promise<number> {
  const request = keyRequest.safeParse({
    name: flags.name,
    ...(flags.scope.length > 0 && { scopes: flags.scope }),
    ...(flags.chain.length > 0 && { chains: flags.chain }),
    ...(flags.expires !== undefined && { expiresAt: flags.expires }),
  });
  if (!request.success) {
    const [issue] = request.error.issues;
    throw new LedgerError("config_invalid", `${issue?.path.join(".")}: ${issue?.message}`);
  }
  await withBackend(flags, async (backend) => {
    const made = await backend.keys.create(request.data);
    if (flags.json) return await print(`${JSON.stringify(made)}\n`);
    await say(`key ${made.id} for ${made.scopes.join(", ")} on ${made.chains.join(", ")}:\n`);
    await print(`${made.key}\n`);
  }, { mayCreate: true });
  return 0;
}

export async function listKeys(flags: BackendFlags & { readonly json: boolean }): Promise<number> {
  await withBackend(flags, async (backend) => {
    const keys = await backend.keys.list();
    if (flags.json) {
      for (const key of keys) await print(`${JSON.stringify(key)}\n`);
      return;
    }
    const heading = ["ID", "NAME", "SCOPES", "CHAINS", "CREATED", "STATE"];
    await printAsIs(table(
      heading,
      keys.map((key) => [
        key.id,
        key.name,
        key.scopes.join(","),
        key.chains.join(","),
        key.createdAt,
        stateOf(key),
      ]),
    ));
  });
  return 0;
}

function stateOf({ expiresAt, revokedAt }: ShownKey): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  if (expiresAt === null) return "good";
  return `${Date.parse(expiresAt) <= Date.now() ? "expired" : "good until"} ${expiresAt}`;
}

export async function revokeKey(flags: BackendFlags & { readonly id: string }): Promise<number> {
  await withBackend(flags, async (backend) => {
    await backend.keys.revoke(flags.id);
    await say(`key ${flags.id} is revoked\n`);
  });
  return 0;
}
