import { parseSettingFlags } from "../../src/cli/settings/setting_options.ts";
import { configure } from "../../src/kernel/configuration.ts";
import { portSetting } from "../../src/kernel/setting.ts";
import type { Edge } from "../../src/server/edge/edge.ts";
import { startServer } from "../../src/server/server.ts";
import { settingsWith } from "../../src/server/settings.ts";
import type { LedgerDefinition } from "../../src/web/ledger.ts";
import { openSocket } from "../../src/web/open_socket.ts";
import { PROBLEMS } from "../../src/web/problem.ts";
import { PORTS_OFF } from "../support/ports.ts";

/** More than any test sends: what is tried here is the wire, not what a client may send. */
const MESSAGES_PER_SECOND = 1_000_000;

/**
 * A ledger whose sockets, at every path of its port, say what they were told: a text as it is, and
 * bytes, which no ledger sends, as a text of their hexadecimal digits.
 */
const echo: LedgerDefinition = {
  name: "echo",
  title: "Echo",
  settings: { "echo-port": { doc: "Port of the echo", schema: portSetting, fallback: "0" } },
  ports: ["echo-port"],
  firstStep: () => "",
  projectionOf: () => undefined,
  create: (context) =>
    Promise.resolve({
      routes(app) {
        app.get("*", ({ req, env }) =>
          openSocket(context, req.raw, env.remoteAddress, {
            ledger: "echo",
            need: { scope: "read", chain: "echo" },
            words: PROBLEMS,
            prepare: () => (session) => ({
              messagesPerSecond: MESSAGES_PER_SECOND,
              message: (message) =>
                session.reply(typeof message === "string" ? message : `bytes ${message.toHex()}`),
            }),
          }));
      },
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    }),
};

/** Runs `body` with a server whose sockets echo, on its native port, behind an edge. */
export async function withEcho(edge: Edge, body: (origin: string) => Promise<void>): Promise<void> {
  const settings = settingsWith([echo]);
  const flags = [`--edge=${edge}`, "--store=:memory:", "--host=127.0.0.1", "--port=off"];
  const server = await startServer(
    configure(settings, {
      flags: parseSettingFlags(settings, flags),
      variable: (name) => PORTS_OFF[name],
    }),
    { ledgers: [echo] },
  );
  try {
    await body(server.ports[0]?.origin ?? "");
  } finally {
    await server.stop();
  }
}
