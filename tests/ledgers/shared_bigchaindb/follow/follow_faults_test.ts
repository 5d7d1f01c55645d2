import { assert, assertEquals, assertMatch } from "@std/assert";
import type { PyObject } from "../../../../src/python/json.ts";
import { withServer } from "../../../support/in_process.ts";
import { remoteOf } from "../../../support/mirrors.ts";
import { NodeRoad } from "../../../support/node_road.ts";
import { withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { assertFollowed, FAMILY, heightOf } from "../followed.ts";
import { idOf, LedgerApi } from "../ledger_api.ts";
import { fill, people, withNode } from "../with_node.ts";

for (const family of FAMILY) {
  const { name } = family;

  Deno.test(`${name}: answers that are cut off, late, twice, or of another height change nothing`, async () => {
    await withNode(family, async ({ node, gateway, main, road }) => {
      let posted: PyObject[] = [];
      const faults = {
        cut: () => "cut",
        another: (text: string) => text.replace(/"height": (\d+)/, (_, n) => `"height": ${+n + 1}`),
        changed: (text: string) => text.replace(/"amount": "1"/, '"amount": "2"'),
        nonsense: () => "[1, 2",
      };
      for (const [fault, change] of Object.entries(faults)) {
        let times = 0;
        // What is shown again in the same way is what the node has.
        const most = fault === "changed" ? 1 : 2;
        road.fault = ({ method, path, status, text }) => {
          const isBlock = /\/blocks\/\d+$/.test(path) || /\/transactions\/\w+$/.test(path);
          if (method !== "GET" || status !== 200 || !isBlock || times >= most) return undefined;
          const changed = change(text);
          if (changed === text) return undefined;
          times++;
          return changed;
        };
        posted = [...posted, ...await fill(family, node, `first-${fault}`, 3)];
        await until(`${fault} has come`, () => times === most);
        await assertFollowed(family, node, gateway, people, posted);
      }
      road.fault = undefined;
      road.delayMs = 50;
      posted = [...posted, ...await fill(family, node, "late", 3)];
      await assertFollowed(family, node, gateway, people, posted);
      const metrics = await (await fetch(`${main}/metrics`)).text();
      assertMatch(
        metrics,
        new RegExp(`ledger_remote_refused_total\\{[^}]*"remote_invalid"[^}]*\\} \\d`),
      );
      assertEquals((await remoteOf(main)).state, "following");
    });
  });

  Deno.test(`${name}: it starts and serves what it has while the node is away, and goes on after`, async () => {
    await withFolder(async (folder) => {
      const store = `--store=${folder}/gateway.db`;
      await withServer(async ({ main: there }) => {
        const node = `${there}/${name}`;
        const road = new NodeRoad(node);
        const flags = [store, `--${name}-follow=${road.origin}`];
        try {
          let posted = await fill(family, node, "first", 4);
          await withServer(
            ({ main }) => assertFollowed(family, node, `${main}/${name}`, people, posted),
            { flags },
          );
          road.target = undefined;
          posted = [...posted, ...await fill(family, node, "second", 4)];
          await withServer(async ({ main }) => {
            const gateway = `${main}/${name}`;
            const told = await until("it is away", async () => {
              const remote = await remoteOf(main);
              return remote.state === "away" && remote;
            });
            assertEquals([told.code, told.status], ["remote_away", "ready"]);
            const [first] = posted;
            await new LedgerApi(gateway).text(`/api/v1/transactions/${idOf(first ?? {})}`);
            road.target = node;
            await assertFollowed(family, node, gateway, people, posted);
          }, { flags });
        } finally {
          await road.close();
        }
      });
    });
  });

  Deno.test(`${name}: a block that is too large to lie here before its turn is asked for again in it`, async () => {
    await withServer(async ({ main: there }) => {
      const node = `${there}/${name}`;
      const posted = await fill(family, node, "first", 22);
      const road = new NodeRoad(node);
      const asked = new Map<string, number>();
      const large = " ".repeat(1024 * 1024);
      road.fault = ({ method, path, text }) => {
        const [, height] = /\/blocks\/(\d+)$/.exec(path) ?? [];
        if (method !== "GET" || height === undefined || Number(height) < 3) return undefined;
        asked.set(height, (asked.get(height) ?? 0) + 1);
        return text + large;
      };
      try {
        await withServer(async ({ main }) => {
          await assertFollowed(family, node, `${main}/${name}`, people, posted);
          const metrics = await (await fetch(`${main}/metrics`)).text();
          assert(!metrics.includes('"remote_invalid"'), metrics);
          assertEquals(asked.get("3"), 2);
          // Behind the first of them none is asked for before its turn.
          assertEquals(asked.get("20"), 1);
        }, { flags: [`--${name}-follow=${road.origin}`] });
      } finally {
        await road.close();
      }
    });
  });

  Deno.test(`${name}: a node that has begun a new life stops it, and what is here stays until it is reset`, async () => {
    await withFolder(async (folder) => {
      const store = `--store=${folder}/gateway.db`;
      const road = new NodeRoad(undefined);
      const flags = [store, `--${name}-follow=${road.origin}`];
      let kept: PyObject[] = [];
      try {
        await withServer(async ({ main: there }) => {
          road.target = `${there}/${name}`;
          kept = await fill(family, road.target, "first", 4);
          await withServer(
            ({ main }) =>
              assertFollowed(family, `${there}/${name}`, `${main}/${name}`, people, kept),
            { flags },
          );
        });
        await withServer(async ({ main: there }) => {
          const node = `${there}/${name}`;
          road.target = node;
          // It has fewer blocks at first, and then more.
          for (const count of [1, 12]) {
            const posted = await fill(family, node, `other-${count}`, count);
            await withServer(async ({ main }) => {
              const told = await until("it is stopped", async () => {
                const remote = await remoteOf(main);
                return remote.state === "stopped" && remote;
              });
              assertEquals(told.code, "remote_new_life");
              const api = new LedgerApi(`${main}/${name}`);
              for (const each of kept) await api.text(`/api/v1/transactions/${idOf(each)}`);
              for (const each of posted) await api.text(`/api/v1/transactions/${idOf(each)}`, 404);
            }, { flags });
          }
          await withServer(async ({ main }) => {
            const gateway = `${main}/${name}`;
            const last = await heightOf(node);
            await until("it has what is there", async () => await heightOf(gateway) === last);
            const [first] = kept;
            await new LedgerApi(gateway).text(`/api/v1/transactions/${idOf(first ?? {})}`, 404);
            assertEquals((await remoteOf(main)).state, "following");
          }, { flags: [...flags, `--${name}-follow-reset`] });
        });
      } finally {
        await road.close();
      }
    });
  });

  Deno.test(`${name}: a node that is another one while it is followed is noticed`, async () => {
    await withServer(async ({ main: other }) => {
      await fill(family, `${other}/${name}`, "other", 12);
      await withNode(family, async ({ node, gateway, main, road }) => {
        const posted = await fill(family, node, "first", 4);
        await assertFollowed(family, node, gateway, people, posted);
        road.target = `${other}/${name}`;
        const told = await until("it is stopped", async () => {
          const remote = await remoteOf(main);
          return remote.state === "stopped" && remote;
        });
        assertEquals(told.code, "remote_new_life");
        const api = new LedgerApi(gateway);
        for (const each of posted) await api.text(`/api/v1/transactions/${idOf(each)}`);
        assert(await heightOf(gateway) < await heightOf(`${other}/${name}`));
      });
    });
  });

  Deno.test(`${name}: a store with a chain of its own does not follow a node`, async () => {
    await withFolder(async (folder) => {
      const store = `--store=${folder}/own.db`;
      await withServer(() => Promise.resolve(), { flags: [store] });
      await withServer(async ({ main: node }) => {
        for (const more of [[], [`--${name}-follow-reset`]]) {
          const follow = [store, `--${name}-follow=${node}/${name}`, ...more];
          if (more.length > 0) {
            const refused = await withServer(() => Promise.resolve(), { flags: follow })
              .then(() => "", ({ code }) => code);
            assertEquals(refused, "remote_not_mine");
            continue;
          }
          await withServer(async ({ main }) => {
            const told = await until("it is stopped", async () => {
              const remote = await remoteOf(main);
              return remote.state === "stopped" && remote;
            });
            assertEquals(told.code, "remote_not_mine");
            await new LedgerApi(`${main}/${name}`).text("/api/v1/blocks/1");
          }, { flags: follow });
        }
      });
    });
  });
}
