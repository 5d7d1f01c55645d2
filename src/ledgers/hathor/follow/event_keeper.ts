import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { LookAhead } from "../../../log/command.ts";
import type { Log } from "../../../log/log.ts";
import type { ResettableKeeper } from "../../../remote/followed.ts";
import { takeAway } from "../../../remote/taken_chains.ts";
import { keepFollowedLife, lifeText, readFollowedLife } from "../intake/followed_life.ts";
import { lookAhead } from "../intake/look_ahead.ts";
import type { HathorNode } from "../intake/node.ts";
import { chainsOfNetwork } from "../networks/chain_names.ts";
import { nodeEventsOf } from "../queries/node_events.ts";
import { nodeEventText } from "../rows/node_event.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import { numberRow } from "../rows/rows.ts";
import type { FollowedItem } from "./event_dialect.ts";
import type { ToldEvent } from "./event_message.ts";
import type { MadeVertex } from "./event_vertices.ts";
import { type TakeContext, takeEvent } from "./taken_event.ts";
import { VertexNews } from "./vertex_news.ts";

/** Vertices whose texts are in memory. */
const TEXTS = 8_192;

/** Keeps the events of a node that is followed, under its ids, in the chain of their network. */
export class EventKeeper implements ResettableKeeper<FollowedItem> {
  readonly #log: Log;
  readonly #node: HathorNode;
  readonly #context: TakeContext;

  constructor(log: Log, node: HathorNode) {
    this.#log = log;
    this.#node = node;
    const news = new VertexNews(node.vertices);
    this.#context = { node, news, texts: new BoundedCache(TEXTS), best: undefined };
  }

  async life(): Promise<string | undefined> {
    const life = await readFollowedLife(this.#log, this.#node.network.name);
    // One of which nothing has been taken may be another by now.
    if (life === undefined || await this.#node.chain.head() === undefined) return undefined;
    return lifeText(life);
  }

  async begin(life: string): Promise<void> {
    const { chain, network } = this.#node;
    if (await chain.head() !== undefined) {
      throw new LedgerError(
        "remote_not_mine",
        `The store has events of its own in ${chain.name}: a node is followed in an empty one`,
        { chain: chain.name },
      );
    }
    await keepFollowedLife(this.#log, network.name, life);
  }

  async next(): Promise<number> {
    return (await this.#node.chain.head())?.next ?? 0;
  }

  async commit(_line: string, _of: string, items: readonly FollowedItem[]): Promise<void> {
    const { chain } = this.#node;
    const found = await Promise.all(
      items.map(async ({ event, made }) => ({ event, made: await made })),
    );
    const coming = new Set(
      found.flatMap(({ made }) => made === undefined ? [] : [made.vertex.hash]),
    );
    // Commands that wait share a commit. Where one fails, those behind it find a gap.
    const taken = found.map(({ event, made }) =>
      chain.execute(
        takeEvent(this.#context, event, made),
        this.#lookAhead(event, made, coming),
        { isLarge: true },
      )
    );
    for (const end of await Promise.allSettled(taken)) {
      if (end.status === "fulfilled") continue;
      this.#context.best = undefined;
      this.#context.news.forget();
      throw end.reason;
    }
  }

  /** Reads what an event's command is going to read, while it waits for its turn. */
  #lookAhead(
    { vertex }: ToldEvent,
    made: MadeVertex | undefined,
    coming: ReadonlySet<string>,
  ): LookAhead | undefined {
    if (vertex === undefined) return undefined;
    if (made !== undefined) {
      const others = lookAhead(made.vertex, this.#node, coming);
      return (rows) => Promise.all([rows.get(numberRow(vertex.hash)), others(rows)]);
    }
    if (coming.has(vertex.hash)) return undefined;
    return (rows) => Promise.resolve(readMetadata(vertex.hash, rows));
  }

  async check(line: string, next: number, mark: string): Promise<void> {
    const { chain } = this.#node;
    const [last] = await chain.read(next - 1, 1);
    const told = last && nodeEventText(await nodeEventsOf(this.#node).of(last));
    if (told === mark) return;
    throw new LedgerError(
      "chain_differs",
      `${line} is not what the node tells: its event ${next - 1} is another there`,
      { chain: line, offset: next - 1 },
    );
  }

  async gone(): Promise<void> {
    // A node's queue of events is never gone.
  }

  async reset(): Promise<number> {
    const { network, chain } = this.#node;
    if (await readFollowedLife(this.#log, network.name) === undefined) {
      if (await chain.head() === undefined) return 0;
      throw new LedgerError("remote_not_mine", `${chain.name} is of no node that was followed`);
    }
    const { names, prefixes } = chainsOfNetwork(network.name);
    const chains = [...names];
    for (const prefix of prefixes) {
      for await (const { name } of this.#log.heads(prefix)) chains.push(name);
    }
    let dropped = 0;
    for (const name of chains) if (await takeAway(this.#log.chain(name))) dropped++;
    await keepFollowedLife(this.#log, network.name, undefined);
    return dropped;
  }
}
