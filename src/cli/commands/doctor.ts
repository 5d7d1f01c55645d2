import { placesWanted } from "../../server/edge/memory.ts";
import { chainProjection } from "../../server/projections.ts";
import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { command } from "@optique/core/primitives";
import * as fs from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { format as formatBytes } from "@std/fmt/bytes";
import { z } from "zod";
import { isLoopback } from "../../kernel/address.ts";
import type { Configured } from "../../kernel/configuration.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { openStore } from "../../kv/open.ts";
import { LEDGERS } from "../../ledgers/registry.ts";
import { Log } from "../../log/log.ts";
import type { allSettings } from "../../server/settings.ts";
import { isMissing } from "../backend/open_backend.ts";
import { readConfiguration } from "../settings/config_file.ts";
import { print } from "../terminal/terminal.ts";
import { type ConfigurationFlags, configurationOptions, strayVariables } from "./config.ts";

/** Free room under which a store is in danger. */
const LEAST_ROOM = 1024 ** 3;

/** Seconds that a commit may lie in the future before the clock is suspect. */
const CLOCK_SECONDS = 60;

/** Milliseconds in which a server that runs here tells what it is. */
const SERVER_MS = 2_000;

/** What a server like this one says of itself. */
const ours = z.object({ name: z.literal("Ledgerline") });

/** `doctor`: whether a server would do well here. */
export const doctorCommand = map(
  command(
    "doctor",
    configurationOptions,
    {
      brief: message`Look for what would keep a server with these settings from doing well`,
      usageLine: [{ type: "ellipsis" }],
      footer: message`Ends with 1 where something would keep it from running.`,
    },
  ),
  (flags) => () => doctor(flags),
);

/** What an examination found: it is well, it deserves a look, or a server would not run. */
type Finding = readonly ["ok" | "look" | "bad", string];

type Examination = (configured: Configured<typeof allSettings>) => Promise<Finding[]>;

/** Examines one thing after the other, and says what it found. */
export async function doctor({ flags, config }: ConfigurationFlags): Promise<number> {
  const configured = await readConfiguration(flags, config);
  let isBad = false;
  for (const examine of [runtime, variables, store, room, ports, openFiles, exposure, ledgers]) {
    for (const [state, text] of await examine(configured)) {
      isBad ||= state === "bad";
      await print(`${state.padEnd(4)}  ${text}\n`);
    }
  }
  return isBad ? 1 : 0;
}

const runtime: Examination = () => {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  const isKnown = major > 2 || (major === 2 && minor >= 5);
  return Promise.resolve([[isKnown ? "ok" : "look", `Deno ${Deno.version.deno}`]]);
};

const variables: Examination = () =>
  Promise.resolve(
    strayVariables().map((name) => ["look", `${name} is no setting: it changes nothing`]),
  );

const store: Examination = async ({ values }) => {
  const location = values.store;
  if (await isMissing(location)) {
    return [["ok", `there is no store at ${location} yet: the server makes it`]];
  }
  try {
    const opened = await openStore(location);
    const log = new Log(opened, { projectionOf: chainProjection });
    try {
      let chains = 0;
      let latest = 0;
      const unreadable: Finding[] = [];
      for await (const { head, failure } of log.heads()) {
        chains++;
        if (head === undefined) unreadable.push(["bad", failure.message]);
        else latest = Math.max(latest, head.time);
      }
      const ahead = (latest - Date.now()) / 1_000;
      const found: Finding[] = [["ok", `the store opens: ${opened.description}, ${chains} chains`]];
      found.push(...unreadable);
      if (ahead > CLOCK_SECONDS) {
        found.push([
          "look",
          `the last commit is ${Math.round(ahead)} s in the future: look at the clock`,
        ]);
      }
      return found;
    } finally {
      await log.close();
      opened.close();
    }
  } catch (error) {
    const isHeld = error instanceof LedgerError && error.message.includes("Another process");
    if (!isHeld) return [["bad", messageOf(error)]];
    const isOurs = await runsAlready(values);
    return [
      isOurs ? ["ok", "the server that runs has the store open"] : ["look", messageOf(error)],
    ];
  }
};

/** Whether a server like this one answers on the main port. */
async function runsAlready(
  { host, port, "tls-cert": tls }: Configured<typeof allSettings>["values"],
): Promise<boolean> {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  const origin = `${tls === "" ? "http" : "https"}://${name.includes(":") ? `[${name}]` : name}`;
  try {
    const signal = AbortSignal.timeout(SERVER_MS);
    const response = await fetch(`${origin}:${port}/`, { signal });
    return ours.safeParse(await response.json()).success;
  } catch {
    // Nobody answers, or somebody else does.
    return false;
  }
}

const room: Examination = async ({ values }) => {
  const location = values.store;
  if (location === ":memory:" || /^https?:/.test(location)) return [];
  try {
    // Older runtimes lack it, which shows when it is called.
    const { bavail, bsize } = await fs.statfs(await folderOf(location));
    const free = bavail * bsize;
    return [[free < LEAST_ROOM ? "look" : "ok", `${formatBytes(free)} free beside the store`]];
  } catch (error) {
    return [["look", `how much room there is cannot be told: ${messageOf(error)}`]];
  }
};

/** The folder that a store is in, or the nearest above it that is there. */
async function folderOf(location: string): Promise<string> {
  let folder = dirname(resolve(location));
  while (await isMissing(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const ports: Examination = async ({ values }) => {
  // Ports of ledgers are among the values by the names that the ledgers give.
  const all = values as Readonly<Record<string, unknown>>;
  const names = ["port", ...LEDGERS.flatMap(({ ports }) => ports)];
  const hostname = values.host === "localhost" ? "127.0.0.1" : values.host;
  const taken: { readonly port: number; readonly name: string }[] = [];
  const found = names.flatMap((name): Finding[] => {
    const port = all[name];
    if (typeof port !== "number" || port === 0) return [];
    try {
      Deno.listen({ hostname, port }).close();
      return [["ok", `port ${port} is free (${name})`]];
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) {
        return [["bad", `cannot listen on ${hostname}:${port} (${name}): ${messageOf(error)}`]];
      }
      taken.push({ port, name });
      return [];
    }
  });
  if (taken.length === 0) return found;
  if (await runsAlready(values)) {
    const all = taken.map(({ port, name }) => `${port} (${name})`).join(", ");
    return [...found, ["ok", `a server runs here already: ports ${all} are taken`]];
  }
  const strange = taken.map(({ port, name }): Finding => [
    "look",
    `port ${port} is taken (${name}), by another program`,
  ]);
  return [...found, ...strange];
};

const ledgers: Examination = async ({ values }) => {
  const found = await Promise.all(LEDGERS.map((ledger) => ledger.examine?.(values) ?? []));
  return found.flat();
};

/** Each socket is an open file. */
const openFiles: Examination = async ({ values }) => {
  if (Deno.build.os !== "linux") return [];
  const limits = await Deno.readTextFile("/proc/self/limits").catch(() => "");
  const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
  if (Number.isNaN(most)) return [];
  const wanted = placesWanted(values["max-connections"]);
  const isEnough = most > wanted + 100;
  return [[
    isEnough ? "ok" : "look",
    `${most} open files allowed, for up to ${wanted} connections`,
  ]];
};

const exposure: Examination = ({ values }) => {
  const { host } = values;
  if (isLoopback(host)) return Promise.resolve([["ok", `${host} is this machine alone`]]);
  const found: Finding[] = [];
  if (values["tls-cert"] === "") {
    found.push(["look", `${host} is served without TLS: keys can be read on the way`]);
  }
  if (values["allow-anonymous"]) found.push(["look", `${host} is open to everybody without a key`]);
  return Promise.resolve(found);
};
