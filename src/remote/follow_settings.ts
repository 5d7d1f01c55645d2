import { z } from "zod";
import { type Settings, switchSetting, textSetting } from "../kernel/setting.ts";
import type { RemotePlace } from "./remote_server.ts";

/** The address that a node's paths are under, without its last slash; undefined where it is `off`. */
const baseSetting: z.ZodType<string | undefined, string> = z.string()
  .refine(
    (text) =>
      text === "off" || (URL.canParse(text) && /^https?:\/\/[^/@?#]+(?:\/[^?#]*)?$/.test(text)),
    "an address such as http://node:9984, or off",
  )
  .transform((text) => text === "off" ? undefined : new URL(text).href.replace(/\/$/, ""));

/**
 * The settings by which a ledger follows a remote of its own kind.
 *
 * @param example the address of a node
 */
export function followSettings(name: string, title: string, example: string): Settings {
  return {
    [`${name}-follow`]: {
      doc:
        `Address of a ${title} node, such as ${example}, whose chain is served here; what changes ` +
        "it is sent to the node; or off",
      schema: baseSetting,
      fallback: "off",
    },
    [`${name}-follow-key`]: {
      doc: `Key that is shown to the ${title} node that is followed`,
      schema: textSetting,
      fallback: "",
      isSecret: true,
    },
    [`${name}-follow-reset`]: {
      doc: `true: what was taken of a ${title} node is taken away at the start, and taken anew`,
      schema: switchSetting,
      fallback: "false",
      bare: "true",
    },
  };
}

/** Where the remote is that a ledger follows, out of the values of settings; undefined for none. */
export function followedPlace(
  name: string,
  settings: Readonly<Record<string, unknown>>,
): RemotePlace | undefined {
  const base = settings[`${name}-follow`];
  if (typeof base !== "string") return undefined;
  const key = settings[`${name}-follow-key`];
  return { origin: base, key: typeof key === "string" && key !== "" ? key : undefined };
}

/** Whether what is here of a remote is to be taken away first. */
export function isFollowReset(name: string, settings: Readonly<Record<string, unknown>>): boolean {
  return settings[`${name}-follow-reset`] === true;
}
