import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { hathor } from "../../../../src/ledgers/hathor/definition.ts";
import type { DepositNotice } from "../../../../src/ledgers/hathor/deposits/notices.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { readNetwork } from "../../../../src/ledgers/hathor/settings.ts";
import { LEDGERS } from "../../../../src/ledgers/registry.ts";
import type { LedgerContext } from "../../../../src/web/ledger.ts";
import { withServer } from "../../../support/in_process.ts";
import { withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { testNetwork } from "./builder.ts";
import { GraphMaker } from "./graph_maker.ts";
import { TestNode } from "./test_node.ts";

/** A notice with what kind it is. */
export interface ToldNotice extends DepositNotice {
  readonly type: string;
}

/** A settings file of {@linkcode testNetwork}. */
export function networkFile(network: Network): string {
  const { outputScript, blockHash, tx1Hash, tx2Hash } = network.genesis;
  return JSON.stringify({
    extends: "privatenet",
    GENESIS_OUTPUT_SCRIPT: outputScript.toHex(),
    GENESIS_BLOCK_HASH: blockHash,
    GENESIS_TX1_HASH: tx1Hash,
    GENESIS_TX2_HASH: tx2Hash,
    REWARD_SPEND_MIN_BLOCKS: network.rewardSpendMinBlocks,
  });
}

/** A server with deposits, asked over HTTP, and a graph that is made beside it. */
export class DepositWorld {
  readonly network = "privatenet";
  constructor(
    readonly origin: string,
    readonly graph: GraphMaker,
    readonly context: LedgerContext,
  ) {}

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    // What an answer holds is for each test to know.
    // deno-lint-ignore no-explicit-any
  ): Promise<{ readonly status: number; readonly body: any }> {
    const response = await fetch(`${this.origin}/hathor/v1/deposits${path}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Makes a subscription, which has to be new. */
  async watch(id: string, wanted: Readonly<Record<string, unknown>>): Promise<void> {
    const { status, body } = await this.send("PUT", `/${id}`, wanted);
    assertEquals(status, 201, JSON.stringify(body));
  }

  /** All that was told to a subscription. */
  notices(id: string): Promise<ToldNotice[]> {
    return readNotices(this.origin, id);
  }

  /** As soon as so many notices are there, all of them: what each says of which output. */
  async told(id: string, count: number): Promise<string[]> {
    const found = await until(`${count} notices`, async () => {
      const told = await this.notices(id);
      return told.length >= count && told;
    });
    return found.map(briefly);
  }
}

/** A notice in one word, with what was paid and which of its notices it is. */
export function briefly({ type, amount, number, block, reason }: ToldNotice): string {
  const where = block === null ? "" : ` in ${block.height}`;
  return `${number} ${type.replace("DEPOSIT_", "").toLowerCase()} ${amount}${where}` +
    (reason === null ? "" : ` ${reason}`);
}

/** All notices of a subscription's stream, as its readers get them. */
export async function readNotices(
  origin: string,
  id: string,
  network = "privatenet",
): Promise<ToldNotice[]> {
  const told: ToldNotice[] = [];
  for (let offset = "-1";;) {
    const url = `${origin}/v1/stream/hathor/deposits/${network}/${id}?offset=${offset}`;
    const response = await fetch(url);
    const text = await response.text();
    assertEquals(response.status, 200, text);
    const events: { type: string; data: DepositNotice }[] = JSON.parse(text);
    for (const { type, data } of events) if (isNotice(type)) told.push({ ...data, type });
    offset = response.headers.get("stream-next-offset") ?? "";
    if (response.headers.has("stream-up-to-date")) return told;
  }
}

function isNotice(type: string): boolean {
  return type.startsWith("DEPOSIT_");
}

/** Runs `body` with a server whose network is anybody's to spend, and that mines nothing. */
export async function withDeposits(
  body: (world: DepositWorld) => Promise<void>,
  flags: readonly string[] = [],
  rewardBlocks = 1,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, "network.json");
    await Deno.writeTextFile(file, networkFile(testNetwork(rewardBlocks)));
    let context: LedgerContext | undefined;
    const ledgers = LEDGERS.map((ledger) =>
      ledger !== hathor ? ledger : {
        ...hathor,
        create(given: LedgerContext) {
          context = given;
          return hathor.create(given);
        },
      }
    );
    const own = [`--hathor-network=${file}`, "--hathor-test-mode=on", "--hathor-mine=off"];
    await withServer(async ({ main }) => {
      assert(context !== undefined);
      const network = await readNetwork(context.settings);
      const node = await TestNode.open({ ...context, network });
      await body(new DepositWorld(main, new GraphMaker(node), context));
    }, { flags: [...own, ...flags], ledgers });
  });
}
