/** What a server is run and watched with: each file names what there is. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { succeeds, testUnlessMissing } from "../support/missing.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { withFolder, withProcess } from "../support/server.ts";
import { SubscriptionsApi } from "../support/subscriptions_api.ts";
import { until } from "../support/until.ts";

const DEPLOY = join(import.meta.dirname ?? ".", "../../src/deploy");

const read = (file: string) => Deno.readTextFile(join(DEPLOY, file));

/** What is missing where the program that reads a file is not there, and how to have it. */
const missing = (program: string, debian: string) =>
  succeeds(program, ["--version"]) ? undefined : `no ${program}: it is in Debian's ${debian}`;

/** Runs a program on files of the folder, which has to end well. */
function runs(program: string, ...args: readonly string[]): void {
  const { success, stdout, stderr } = new Deno.Command(program, {
    args: [...args],
    cwd: DEPLOY,
    stdin: "null",
  }).outputSync();
  assert(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

const Dashboard = z.object({
  panels: z.array(z.object({
    id: z.number(),
    targets: z.array(z.object({ expr: z.string() })).min(1),
  })),
});

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })).min(1) })).min(1),
});

Deno.test("the dashboard shows every metric of ours, and neither it nor an alert names another", async () => {
  const dashboard = Dashboard.parse(JSON.parse(await read("grafana/ledgerline.json")));
  const rules = Rules.parse(parse(await read("alerts.yml")));
  const ids = dashboard.panels.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  const named = (texts: readonly string[]) =>
    new Set(
      texts.flatMap((text) => [...text.matchAll(/\bledger_\w+/g)].map(([name]) => name))
        .map((name) => name.replace(/_bucket$/, "")),
    );
  const shown = named(dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
  const watched = named(rules.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)));
  await withFolder(async (folder) => {
    await withProcess([`--store=${folder}/ledger.db`], async (server) => {
      const text = await (await fetch(`${server.origin("main")}/metrics`)).text();
      const told = new Set([...text.matchAll(/^# TYPE (ledger_\w+)/gm)].map(([, name]) => name));
      assertEquals([...watched].filter((name) => !told.has(name)), []);
      assertEquals([...shown].sort(), [...told].sort());
    });
  });
});

testUnlessMissing(
  "Prometheus takes its settings and the alerts",
  missing("promtool", "prometheus"),
  () => runs("promtool", "check", "config", "prometheus.yml"),
);

for (const threads of ["1", "3"]) {
  testUnlessMissing(
    `Prometheus takes the metrics of a server whose connections are on ${threads} threads`,
    missing("promtool", "prometheus"),
    async () => {
      await withFolder(async (folder) => {
        const flags = [`--store=${folder}/ledger.db`, `--threads=${threads}`];
        await withProcess(flags, async (server) => {
          const main = server.origin("main");
          // Of each metric that has labels there is one at least.
          const socket = await ClientSocket.open(main, "/hathor/v1a/event_ws");
          socket.send({ type: "START_STREAM", window_size: 1 });
          await until("an event is told", () => socket.told.length > 0);
          const url = "http://127.0.0.1:1/hook";
          await new SubscriptionsApi(main).webhook("w", "*", url);
          const text = await until("it is looked at how far behind clients are", async () => {
            const text = await (await fetch(`${main}/metrics`)).text();
            return /^ledger_connection_lag_events_max\{ledger="hathor"\} [1-9]/m.test(text) && text;
          });
          await socket.close();
          const child = new Deno.Command("promtool", {
            args: ["check", "metrics"],
            stdin: "piped",
            stdout: "piped",
            stderr: "piped",
          }).spawn();
          const writer = child.stdin.getWriter();
          await writer.write(new TextEncoder().encode(text));
          await writer.close();
          const { success, stdout, stderr } = await child.output();
          assert(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
          assertStringIncludes(
            text,
            'ledger_http_requests_total{ledger="hathor",route="websocket"',
          );
        });
      });
    },
  );
}

testUnlessMissing(
  "the unit is exposed to less than 1.5 of 10",
  missing("systemd-analyze", "systemd"),
  () =>
    runs("systemd-analyze", "security", "--offline=true", "--threshold=15", "ledgerline.service"),
);

const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      volumes: z.array(z.string()).default([]),
      profiles: z.array(z.string()).default([]),
      ports: z.array(z.string()).default([]),
    }),
  ),
});

Deno.test("the composition mounts files that are there, and has the ports of the image", async () => {
  const { services } = Compose.parse(parse(await read("compose.yaml")));
  const alone = Object.keys(services).filter((name) => services[name]?.profiles.length === 0);
  assertEquals(alone, ["ledgerline"]);
  for (const { volumes } of Object.values(services)) {
    for (const volume of volumes.filter((text) => text.startsWith("."))) {
      assert((await Deno.stat(join(DEPLOY, volume.split(":")[0] ?? ""))).isFile, volume);
    }
  }
  const exposed = /^EXPOSE (.*)$/m.exec(await read("Dockerfile"))?.[1] ?? "";
  const ports = services.ledgerline?.ports.map((port) => port.split(":").at(-1));
  assertEquals(ports, exposed.split(" "));
  // The store that several share speaks of the version that is tested.
  assertStringIncludes(await read("compose.yaml"), "denokv:0.14.0");
});
