import { assert, assertEquals } from "@std/assert";
import { RequestArguments } from "../../../../src/ledgers/hathor/http/arguments.ts";
import { historyRoute } from "../../../../src/ledgers/hathor/http/contract_history.ts";
import { NodeQueries } from "../../../../src/ledgers/hathor/queries/node_queries.ts";
import { NODE_STATE } from "../../../../src/ledgers/hathor/rows/rows.ts";
import { callOf } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { pythonTest } from "../../../support/programs.ts";
import { nanoScenarios, withContractNode } from "../support/nano_vectors.ts";
import { take } from "../support/test_node.ts";
import { vertexOf } from "../support/vectors.ts";

pythonTest("a history with many calls looks their contract up once", [
  "hathorlib",
], async (python) => {
  const { tokens } = nanoScenarios();
  assert(tokens !== undefined);
  const vertices = tokens.steps.map(({ hex }) => vertexOf(hex));
  const calls = vertices.filter((vertex) => callOf(vertex) !== undefined);
  const [creation] = calls;
  assert(creation !== undefined);
  await withContractNode(python, async (node) => {
    for (const vertex of vertices) await take(node, vertex, { kind: "history" });
    const read: string[] = [];
    const rows: typeof node.node.rows = {
      get: (key) => {
        read.push(key.join(" "));
        return node.node.rows.get(key);
      },
    };
    const queries = new NodeQueries({ ...node.node, rows });
    const { GET } = historyRoute(queries);
    const request = new Request(`http://localhost/?id=${creation.hash}`);
    const told = await GET?.({
      args: new RequestArguments(new URL(request.url).searchParams),
      part: () => "",
      request,
      bytes: () => request.bytes(),
      body: () => request.json(),
      text: () => request.text(),
    });
    const { history } = JSON.parse(
      told === undefined || told instanceof Response ? "{}" : writeRestJson(told),
    );
    assert(history.length > 1);
    assertEquals(read.filter((key) => key === NODE_STATE.join(" ")).length, 1);
    const nodes = read.filter((key) => key.startsWith("node "));
    assertEquals(nodes.length, new Set(nodes).size);
  });
});
