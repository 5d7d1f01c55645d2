import { assert, assertEquals, assertMatch } from "@std/assert";
import { isPyObject, type PyObject, valueAt } from "../../../../src/python/json.ts";
import { writeSpacedAsciiJson } from "../../../../src/python/json_write.ts";
import { withServer } from "../../../support/in_process.ts";
import { remoteOf } from "../../../support/mirrors.ts";
import { until } from "../../../support/until.ts";
import { objectsAt, readVectors } from "../../../support/vectors.ts";
import { assertFollowed, FAMILY } from "../followed.ts";
import { idOf, LedgerApi, StreamClient } from "../ledger_api.ts";
import { alice, fill, people, withNode } from "../with_node.ts";

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

  Deno.test(`${name}: a transaction that is not shown as it was posted is taken as it is shown`, async () => {
    await withNode(family, async ({ node, gateway }) => {
      const padded = family.create(alice, "first-0", "007");
      await new LedgerApi(gateway).accept(padded);
      const shown = await new LedgerApi(node).text(`/api/v1/transactions/${idOf(padded)}`);
      assertMatch(shown, /"amount": "7"/);
      await assertFollowed(family, node, gateway, people, [padded]);
    });
  });

  Deno.test(`${name}: where its stream is not reached the node is asked for the next block; another kind of node is refused`, async () => {
    await withNode(family, async ({ node, gateway, main, road }) => {
      const reached = road.origin.replace("http", "ws");
      road.fault = ({ path, text }) =>
        path === "/" ? text.replaceAll(/"ws:[^"]*"/g, `"${reached}/nowhere"`) : undefined;
      const connectAgain = async () => {
        road.target = undefined;
        await until("it is away", async () => (await remoteOf(main)).state === "away");
        road.target = node;
      };
      await connectAgain();
      const posted = await fill(family, node, "first", 4);
      await assertFollowed(family, node, gateway, people, posted);
      road.fault = ({ path, text }) =>
        path === "/" ? text.replace(/"software":"\w+"/, '"software":"Another"') : undefined;
      await connectAgain();
      await until("it is refused", async () => (await remoteOf(main)).code === "remote_invalid");
      road.fault = undefined;
      const more = await fill(family, node, "second", 2);
      await assertFollowed(family, node, gateway, people, [...posted, ...more]);
    });
  });

  Deno.test(`${name}: the node is shown its own key, clients show theirs here, and a wrong one follows nothing`, async () => {
    const [there, here] = ["a-key-of-the-node", "a-key-of-the-gateway"];
    await withServer(async ({ main: node }) => {
      const follow = [`--${name}-follow=${node}/${name}`, `--api-keys=${here}`];
      await withServer(async ({ main }) => {
        const ask = (key: string, path: string, init: RequestInit = {}) =>
          fetch(`${main}/${name}${path}`, {
            ...init,
            headers: { authorization: `Bearer ${key}` },
          }).then(async (answer) => [answer.status, await answer.text()] as const);
        const made = family.create(alice, "first-0");
        const body = writeSpacedAsciiJson(made);
        const path = "/api/v1/transactions?mode=commit";
        assertEquals((await ask(there, path, { method: "POST", body }))[0], 401);
        assertEquals((await ask(here, path, { method: "POST", body }))[0], 202);
        assertEquals((await ask(here, `/api/v1/transactions/${idOf(made)}`))[0], 200);
        assertEquals((await ask(here, "/api/v1/validators"))[0], 200);
        const ready = await (await fetch(`${main}/readyz`)).text();
        assertEquals([ready.includes('"following"'), ready.includes(there)], [true, false]);
      }, { flags: [...follow, `--${name}-follow-key=${there}`] });
      await withServer(async ({ main }) => {
        const told = await until("it is refused", async () => {
          const remote = await remoteOf(main);
          return remote.code === "remote_refused" && remote;
        });
        assertEquals(told.state, "away");
      }, { flags: [...follow, `--${name}-follow-key=another`] });
    }, { flags: [`--api-keys=${there}`] });
  });

  Deno.test(`${name}: what the originals take is answered through what follows a node as by the node`, async () => {
    await withNode(family, async ({ node, gateway }) => {
      const posted: PyObject[] = [];
      for (const vector of objectsAt(readVectors(`${name}.json`), "vectors")) {
        const transaction = valueAt(vector, "tx");
        if (!isPyObject(transaction)) continue;
        const { status } = await new LedgerApi(node).post(transaction);
        if (status === 202) posted.push(transaction);
      }
      assert(posted.length > 5, `${posted.length}`);
      await assertFollowed(family, node, gateway, [], posted);
    });
  });
}
