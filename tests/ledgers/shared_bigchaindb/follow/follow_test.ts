import { assert, assertEquals, assertMatch } from "@std/assert";
import type { PyObject } from "../../../../src/python/json.ts";
import { withServer } from "../../../support/in_process.ts";
import { remoteOf } from "../../../support/mirrors.ts";
import { NodeRoad } from "../../../support/node_road.ts";
import { withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { Person } from "../builder.ts";
import { assertFollowed, FAMILY, type Family, heightOf } from "../followed.ts";
import { idOf, LedgerApi, StreamClient } from "../ledger_api.ts";

const alice = new Person("alice");
const bob = new Person("bob");

/** Posts assets, and a transfer of each second one; all of them in the order of commits. */
async function fill(family: Family, node: string, word: string, count: number) {
  const api = new LedgerApi(node);
  const posted: PyObject[] = [];
  for (let n = 0; n < count; n++) {
    const made = family.create(alice, `${word}-${n}`);
    await api.accept(made);
    posted.push(made);
    if (n % 2 === 0) continue;
    const moved = family.transfer(alice, made, bob);
    await api.accept(moved);
    posted.push(moved);
  }
  return posted;
}

interface Followed {
  readonly node: string;
  readonly gateway: string;
  readonly main: string;
  readonly road: NodeRoad;
}

/** Runs `body` with a node, a road to it, and what follows it at the end of that. */
async function withNode(
  { name }: Family,
  body: (at: Followed) => Promise<void>,
  before: (node: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await withServer(async ({ main: there }) => {
    const node = `${there}/${name}`;
    await before(node);
    const road = new NodeRoad(node);
    try {
      await withServer(
        ({ main }) => body({ node, main, gateway: `${main}/${name}`, road }),
        { flags: [`--${name}-follow=${road.origin}`] },
      );
    } finally {
      await road.close();
    }
  });
}

const people = [alice, bob];

for (const family of FAMILY) {
  const { name } = family;

  Deno.test(`${name}: what a node has is answered from here to the byte, history and live`, async () => {
    let posted: PyObject[] = [];
    await withNode(family, async ({ node, gateway, main }) => {
      await assertFollowed(family, node, gateway, people, posted);
      posted = [...posted, ...await fill(family, node, "live", 10)];
      await assertFollowed(family, node, gateway, people, posted);
      const remote = await remoteOf(main);
      assertEquals([remote.state, remote.name], ["following", name]);
    }, async (node) => {
      posted = await fill(family, node, "first", 10);
    });
  });

  Deno.test(`${name}: what is posted is sent to the node in its mode, and answered as it is there`, async () => {
    await withNode(family, async ({ node, gateway, road }) => {
      const asked: string[] = [];
      road.fault = ({ method, path }) => void (method === "POST" && asked.push(path));
      const stream = await StreamClient.open(gateway, "valid_transactions");
      const posted: PyObject[] = [];
      for (const mode of ["async", "sync", "commit"]) {
        const made = family.create(alice, `first-${mode}`);
        const { status, body } = await new LedgerApi(gateway).post(made, mode);
        assertEquals([status, JSON.parse(body).id], [202, idOf(made)]);
        posted.push(made);
      }
      assertEquals(
        asked,
        ["async", "sync", "commit"].map((mode) => `/api/v1/transactions?mode=${mode}`),
      );
      assertEquals(await stream.ids(3), posted.map(idOf));
      await stream.close();
      const [again] = posted;
      const refused = await Promise.all(
        [node, gateway].map((base) => new LedgerApi(base).post(again ?? null)),
      );
      assertEquals(refused[1], refused[0]);
      assertEquals(refused[0]?.status, 400);
      await assertFollowed(family, node, gateway, people, posted);
    });
  });

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

  Deno.test(`${name}: a transaction that is not shown as it was posted is taken as it is shown`, async () => {
    await withNode(family, async ({ node, gateway }) => {
      const padded = family.create(alice, "first-0", "007");
      await new LedgerApi(gateway).accept(padded);
      const shown = await new LedgerApi(node).text(`/api/v1/transactions/${idOf(padded)}`);
      assertMatch(shown, /"amount": "7"/);
      await assertFollowed(family, node, gateway, people, [padded]);
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
