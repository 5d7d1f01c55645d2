import type { PyObject } from "../../../src/python/json.ts";
import { withServer } from "../../support/in_process.ts";
import { NodeRoad } from "../../support/node_road.ts";
import { Person } from "./builder.ts";
import type { Family } from "./followed.ts";
import { LedgerApi } from "./ledger_api.ts";

export const alice = new Person("alice");
export const bob = new Person("bob");

/** Posts assets, and a transfer of each second one; all of them in the order of commits. */
export async function fill(family: Family, node: string, word: string, count: number) {
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

export interface FollowedNode {
  readonly node: string;
  readonly gateway: string;
  readonly main: string;
  readonly road: NodeRoad;
}

/** Runs `body` with a node, a road to it, and what follows it at the end of that. */
export async function withNode(
  { name }: Family,
  body: (at: FollowedNode) => Promise<void>,
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

export const people = [alice, bob];
