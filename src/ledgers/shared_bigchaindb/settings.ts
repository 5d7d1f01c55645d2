import { z } from "zod";
import { base58Decode } from "../../crypto/base58.ts";
import { PUBLIC_KEY_BYTES } from "../../crypto/ed25519.ts";
import {
  listSetting,
  portSetting,
  type Setting,
  switchSetting,
  textSetting,
} from "../../kernel/setting.ts";
import { followSettings } from "../../remote/follow_settings.ts";
import type { Validator } from "./rules/state.ts";

/** Power of a validator that is named without one. */
const POWER = 10;

/** The port of either original's HTTP API. */
const BIGCHAINDB_PORT = 9984;

/** The settings that both ledgers have, each under its own name. */
export interface LedgerSettings {
  readonly port: number | undefined;
  readonly streamPort: number | undefined;
  /** The streams' address in the roots; undefined for the host of each request. */
  readonly streamUrl: string | undefined;
  readonly validators: readonly Validator[];
  readonly keepsRejected: boolean;
  readonly hasTextSearch: boolean;
}

const validatorsSetting = listSetting.transform((words, context): readonly Validator[] => {
  const validators = words.map(readValidator).filter((each) => each !== undefined);
  const keys = new Set(validators.map(({ publicKey }) => publicKey));
  if (keys.size === words.length) return validators;
  context.addIssue({
    code: "custom",
    message:
      "different base58 Ed25519 keys separated by commas, each perhaps with :power behind it",
  });
  return z.NEVER;
});

function readValidator(word: string): Validator | undefined {
  const [publicKey = "", power = `${POWER}`, ...more] = word.split(":");
  const isRight = isKey(publicKey) && /^[1-9]\d{0,8}$/.test(power) && more.length === 0;
  return isRight ? { publicKey, power: Number(power) } : undefined;
}

function isKey(text: string): boolean {
  try {
    return base58Decode(text).length === PUBLIC_KEY_BYTES;
  } catch {
    return false;
  }
}

const streamUrlSetting = textSetting.refine(
  (text) => text === "" || /^wss?:\/\/[^/\s]+$/.test(text),
  "the beginning of a WebSocket address such as wss://example.org:9985",
);

/** The settings of a ledger with their documentation. */
export function settingsOf(
  name: string,
  title: string,
  ports: { readonly web: number; readonly stream: number },
): Record<string, Setting> {
  return {
    [`${name}-port`]: {
      doc: `Port of ${title}'s HTTP API, or off`,
      schema: portSetting,
      fallback: `${ports.web}`,
    },
    [`${name}-stream-port`]: {
      doc: `Port of ${title}'s event streams, or off`,
      schema: portSetting,
      fallback: `${ports.stream}`,
    },
    [`${name}-stream-url`]: {
      doc: `Where ${title}'s roots say that its streams are, such as wss://example.org:9985; ` +
        "else the host that was asked",
      schema: streamUrlSetting,
      fallback: "",
    },
    [`${name}-validators`]: {
      doc: `Validators that a new ${title} ledger begins with: base58 keys, perhaps with :power, ` +
        "separated by commas; else one of the store's own",
      schema: validatorsSetting,
      fallback: "",
    },
    [`${name}-rejected`]: {
      doc: "Keep rejected transactions with the reason, and stream them",
      schema: switchSetting,
      fallback: "true",
    },
    [`${name}-text-search`]: {
      doc: "Find assets and metadata by what is in them; changing it makes the rows anew",
      schema: switchSetting,
      fallback: "true",
    },
    ...followSettings(name, title, `http://node:${BIGCHAINDB_PORT}`),
  };
}

/** The values of those settings, each the output of its own schema. */
export function settingValues(
  name: string,
  values: Readonly<Record<string, unknown>>,
): LedgerSettings {
  const value = (setting: string) => values[`${name}-${setting}`];
  const port = (setting: string) => {
    const number = value(setting);
    return typeof number === "number" ? number : undefined;
  };
  return {
    port: port("port"),
    streamPort: port("stream-port"),
    streamUrl: String(value("stream-url") ?? "") || undefined,
    // The output of `validatorsSetting`.
    validators: (value("validators") ?? []) as readonly Validator[],
    keepsRejected: value("rejected") === true,
    hasTextSearch: value("text-search") === true,
  };
}
