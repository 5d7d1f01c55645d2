import { isIP } from "node:net";
import { z } from "zod";
import { parseHost } from "../kernel/host.ts";
import { SOCKET_STALL_MS } from "../kernel/limits.ts";
import {
  choiceSetting,
  countSetting,
  listSetting,
  portSetting,
  type Setting,
  type Settings,
  switchSetting,
  textSetting,
} from "../kernel/setting.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import { globPattern } from "../streams/chain/glob.ts";

/** Addresses, separated by commas. */
const addressesSetting: z.ZodType<readonly string[], string> = listSetting.refine(
  (addresses) => addresses.every((address) => isIP(address) !== 0),
  "addresses separated by commas",
);

/** Names of hosts, separated by commas; `*` is any. */
const hostsSetting: z.ZodType<readonly string[], string> = listSetting.refine(
  (hosts) => hosts.every((host) => host === "*" || parseHost(host) !== undefined),
  "names of hosts separated by commas, or *",
);

/** A limit up to `most`, or undefined where it is `off`. */
function limitSetting(most: number): z.ZodType<number | undefined, string> {
  const range = `a whole number from 1 to ${most}, or off`;
  return z.string().regex(/^(?:off|\d{1,15})$/, range)
    .transform((text) => text === "off" ? undefined : Number(text))
    .refine((limit) => limit === undefined || (limit >= 1 && limit <= most), range);
}

/** The origin of a server, or undefined where none is named. */
const originSetting: z.ZodType<string | undefined, string> = z.string()
  .refine(
    (text) => text === "off" || (URL.canParse(text) && /^https?:\/\/[^/@?#]+\/?$/.test(text)),
    "an origin such as http://other:8000, or off",
  )
  .transform((text) => text === "off" ? undefined : new URL(text).origin);

/** Patterns of chains' names, separated by commas. */
const patternsSetting: z.ZodType<readonly string[], string> = listSetting.refine(
  (patterns) =>
    patterns.length <= 64 && patterns.every((each) => globPattern.safeParse(each).success),
  "up to 64 patterns of chains, such as streams/orders/**",
);

/** More would wait for the one that writes. */
const MOST_THREADS = 64;

/** Settings of the server itself; each ledger adds its own. */
export const serverSettings = {
  store: {
    doc: "Where the log is: a file, :memory:, or the URL of a denokv server",
    schema: textSetting,
    fallback: "ledgerline-data/ledger.db",
  },
  host: {
    doc: "Address to listen on; localhost listens on both of its addresses",
    schema: textSetting,
    fallback: "localhost",
  },
  port: {
    doc: "Main port, with every ledger under its prefix, or off",
    schema: portSetting,
    fallback: "8000",
  },
  "api-keys": {
    doc: "Keys that clients must show one of, separated by commas; none lets everyone in",
    schema: listSetting,
    fallback: "",
    isSecret: true,
  },
  "allowed-origins": {
    doc: "Origins of web pages that may ask, beside the server's own, separated by commas, or *",
    schema: listSetting,
    fallback: "",
  },
  "allowed-hosts": {
    doc: "Names a server without keys answers to, beside this machine's, separated by commas, or *",
    schema: hostsSetting,
    fallback: "",
  },
  "allow-anonymous": {
    doc: "true: listen beyond this machine though there are no keys, so that everybody may come in",
    schema: switchSetting,
    fallback: "false",
  },
  "tls-cert": {
    doc: "File with the certificate, and those it hangs from, in PEM; makes every port TLS",
    schema: textSetting,
    fallback: "",
  },
  "tls-key": {
    doc: "File with the certificate's private key in PEM",
    schema: textSetting,
    fallback: "",
  },
  "max-connections": {
    doc: "Sockets, long polls and event streams open at once, after which more are refused, or " +
      "auto: as many as there is memory for, 20000 at the most",
    schema: z.literal("auto").or(countSetting(1, 1_000_000)),
    fallback: "auto",
  },
  "max-connections-per-address": {
    doc: "The same for each address (an IPv6 /64 counts as one), off, or auto: a quarter of them",
    schema: z.literal("auto").or(limitSetting(1_000_000)),
    fallback: "auto",
  },
  edge: {
    doc: "What accepts connections: node, which counts and times them, deno, or auto: node, " +
      "except on Deno Deploy",
    schema: choiceSetting(["auto", "node", "deno"]),
    fallback: "auto",
  },
  "requests-per-second": {
    doc: "Requests each address may send a second, and as many at once, or off",
    schema: limitSetting(1_000_000),
    fallback: "off",
  },
  "trusted-proxies": {
    doc: "Addresses of proxies whose X-Forwarded-For is believed, separated by commas",
    schema: addressesSetting,
    fallback: "",
  },
  "slow-client-seconds": {
    doc: "Seconds a client may take nothing while there is more for it, before it is let go",
    schema: countSetting(1, 3_600),
    fallback: `${SOCKET_STALL_MS / 1_000}`,
  },
  threads: {
    doc:
      "Threads that serve connections, beside the one that writes; of 1 and of 2 it is one itself",
    schema: countSetting(1, MOST_THREADS),
    fallback: "1",
  },
  follow: {
    doc:
      "Origin of another server whose chains are copied here, live; what changes them is sent to it",
    schema: originSetting,
    fallback: "off",
  },
  "follow-key": {
    doc: "Key that is shown to the server that is followed",
    schema: textSetting,
    fallback: "",
    isSecret: true,
  },
  "follow-chains": {
    doc: "Patterns of the chains that are copied, separated by commas; none copies all",
    schema: patternsSetting,
    fallback: "",
  },
  "follow-reset": {
    doc:
      "true: all copies are taken away at the start, and made anew, whatever they were copies of",
    schema: switchSetting,
    fallback: "false",
    bare: "true",
  },
  dev: {
    doc: "Developer mode, /v1/dev/: on, off, or auto: on for a private network on this machine " +
      "alone while there are no keys",
    schema: choiceSetting(["auto", "on", "off"]),
    fallback: "auto",
    bare: "on",
  },
  "log-level": {
    doc: "The least that is logged",
    schema: choiceSetting(["debug", "info", "warning", "error"]),
    fallback: "info",
  },
  "access-log": {
    doc: "true: every request, and every connection that comes and goes, has a line in the log",
    schema: switchSetting,
    fallback: "false",
    bare: "true",
  },
  "log-format": {
    doc: "json, text, or auto: text on a terminal",
    schema: choiceSetting(["auto", "json", "text"]),
    fallback: "auto",
  },
} as const satisfies Settings;

/** Every setting there is: the server's own and those of each ledger. */
export function settingsWith(ledgers = LEDGERS) {
  return {
    ...serverSettings,
    ...Object.fromEntries(ledgers.flatMap(({ settings }) => Object.entries(settings))),
  } satisfies Settings;
}

/** The settings of the program. */
export const allSettings = settingsWith();

/** The values of all settings that are never shown. */
export function secretsOf(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries<Setting>(allSettings).filter(([, { isSecret }]) => isSecret === true)
    .flatMap(([name]) => values[name] ?? []).map(String).filter((secret) => secret !== "");
}
