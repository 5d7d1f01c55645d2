import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import { vertexText } from "../intake/accept.ts";
import type { HathorNode } from "../intake/node.ts";
import { type NodeEvent, nodeEvent, type ToldParts, wholeVertexText } from "../rows/node_event.ts";
import { eventMetadataText, type Metadata } from "../rows/metadata.ts";
import { numberRow, removedRow } from "../rows/rows.ts";
import { spentVertices } from "./views.ts";

/** The metadata as the node tells them. Throws `damaged` where the text has none. */
function metadataText(hash: string, stored: string): string {
  try {
    // The log gives back what vertexEvent() wrote.
    return eventMetadataText(hash, JSON.parse(stored) as Metadata);
  } catch (error) {
    throw new LedgerError("damaged", "An event's metadata cannot be read", {}, error);
  }
}

/** Texts of vertices kept in memory, of which large ones are fewer. */
const KEPT = 20_000;
const KEPT_LARGE = 200;
const LARGE_CHARS = 8_192;

const known = new WeakMap<Chain, NodeEvents>();

/** The events of a node: one for each chain, so that what is remembered is so once. */
export function nodeEventsOf(node: HathorNode): NodeEvents {
  const events = known.get(node.chain) ?? new NodeEvents(node);
  known.set(node.chain, events);
  return events;
}

/** Puts stored events together as the node tells them. */
export class NodeEvents implements ToldParts {
  readonly #node: HathorNode;
  readonly #texts = new BoundedCache<string, string>(KEPT);
  readonly #largeTexts = new BoundedCache<string, string>(KEPT_LARGE);
  /** The last metadata that were told. */
  #last = { hash: "", stored: "", told: "" };

  constructor(node: HathorNode) {
    this.#node = node;
  }

  /** An event as the node tells it. Read in order, each vertex is told by its first event. */
  of(event: PlacedEvent): Promise<NodeEvent> {
    return nodeEvent(event, this);
  }

  vertex(hash: string, known: string | undefined, isFollowed: boolean): string | Promise<string> {
    if (known !== undefined) {
      this.#keep(hash, known);
      return known;
    }
    const kept = this.#texts.find(hash) ?? this.#largeTexts.find(hash);
    if (kept !== undefined) return kept;
    return isFollowed ? this.#firstText(hash) : this.#textOf(hash);
  }

  metadata(hash: string, stored: string): string {
    // NEW_VERTEX_ACCEPTED repeats the metadata of the event before it.
    if (hash !== this.#last.hash || stored !== this.#last.stored) {
      const told = metadataText(hash, stored);
      this.#last = { hash, stored, told };
    }
    return this.#last.told;
  }

  async #textOf(hash: string): Promise<string> {
    const { network, rows, vertices } = this.#node;
    const { vertex } = await vertices.read(hash, rows);
    const spent = await spentVertices(this.#node, vertex);
    return this.#keep(hash, vertexText(network, vertex, (tx) => spent.get(tx)));
  }

  /** Of a node that is followed what it told first is what it tells. */
  async #firstText(hash: string): Promise<string> {
    const { rows, chain } = this.#node;
    const number = await rows.get<number>(numberRow(hash)) ??
      await rows.get<number>(removedRow(hash));
    const [event] = number === undefined ? [] : await chain.read(number, 1);
    const text = event === undefined ? undefined : wholeVertexText(String(event.data));
    if (text !== undefined) return this.#keep(hash, text);
    throw new LedgerError("damaged", "The first event of a vertex cannot be read");
  }

  #keep(hash: string, text: string): string {
    const texts = text.length > LARGE_CHARS ? this.#largeTexts : this.#texts;
    return texts.get(hash, () => text);
  }
}
