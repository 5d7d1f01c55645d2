import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";

const PORTS = [
  "port",
  "hierachain-port",
  "hathor-port",
  "bigchaindb-port",
  "bigchaindb-stream-port",
  "planetmint-port",
  "planetmint-stream-port",
  "streams-port",
];

const DEFAULTS = {
  store: ":memory:",
  host: "127.0.0.1",
  "log-format": "json",
  ...Object.fromEntries(PORTS.map((port) => [port, "0"])),
};

/** Milliseconds after which a server that was asked to stop is ended: it promises to need ten seconds. */
const STOP_MS = 15_000;

/** Lines of what a program said that are told where it does not start. */
const TOLD_LINES = 20;

/** Starts a server and resolves when it is ready; see `index.d.ts`. */
export async function startLedgerline({ settings = {}, command = knownCommand() } = {}) {
  const [program, ...first] = command;
  const flags = Object.entries({ ...DEFAULTS, ...settings })
    .map(([name, value]) => `--${name}=${value}`);
  const child = spawn(program, [...first, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: surroundings(),
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const closed = new Promise((resolve) => child.once("close", resolve));
  void closed.then(() => process.off("exit", end));
  const urls = await ready(child);
  const { main, ...own } = urls;
  return {
    url: main ?? Object.values(own)[0],
    urls: own,
    pid: child.pid,
    dev: (what, body, method) => askDev(main, what, body, method),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(end, STOP_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** The addresses that a program tells of until it says that it is ready. */
function ready(child) {
  const told = [];
  const urls = {};
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      reject(new Error(`ledgerline ended with ${code} before it was ready:\n${told.join("\n")}`));
    });
    const keep = (line) => {
      told.push(line);
      if (told.length > TOLD_LINES) told.shift();
    };
    // Both go on being read: a program whose output nobody takes would wait.
    createInterface({ input: child.stderr }).on("line", keep);
    createInterface({ input: child.stdout }).on("line", (line) => {
      keep(line);
      const { msg, name, origin, setting } = jsonOf(line);
      if (name === "main" || setting === `${name}-port`) urls[name] = origin;
      if (msg === "ready") resolve(urls);
    });
  });
}

/** Asks a server's developer mode; see `index.d.ts`. */
async function askDev(origin, what, body, method = body === undefined ? "GET" : "POST") {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${origin}/v1/dev/${what}`, { method, ...init });
  const text = await response.text();
  if (!response.ok) throw new Error(`${what} was refused with ${response.status}: ${text}`);
  return JSON.parse(text);
}

function jsonOf(line) {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

function knownCommand() {
  return process.env.LEDGERLINE_COMMAND?.split(" ").filter((word) => word !== "") ?? ["ledgerline"];
}

/** The environment without settings of some other server. */
function surroundings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("LEDGER_")),
  );
}
