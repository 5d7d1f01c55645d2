import { pyFloatText } from "../../../python/float_text.ts";
import { HeaderId } from "../vertex/headers.ts";
import { isBlock, type Transaction, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import type { Dependencies, RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";
import { hasWork, targetOf } from "./work.ts";

const TRANSACTION_PARENTS = { blocks: 0, transactions: 2 };
const BLOCK_PARENTS = { blocks: 1, transactions: 2 };
/** Transactions of more than 36 hours ago are not taken from those who relay them. */
const OLDEST = 36 * 3600;

/** Asserts that the first byte says nothing that has no meaning. */
export function assertSignalBits({ network }: RuleContext, vertex: Vertex): void {
  const known = isBlock(vertex) ? (1 << network.featureActivation.maxSignalBits) - 1 : 0;
  if ((vertex.signalBits & ~known) === 0) return;
  throw new VertexRefusal(
    "UnknownSignalBits",
    `vertex has unknown signal bits: 0b${vertex.signalBits.toString(2)}`,
  );
}

/** Asserts that a transaction is not too old to be relayed. */
export function assertNotTooOld({ now }: RuleContext, { timestamp }: Vertex): void {
  if (now === undefined || now - timestamp <= OLDEST) return;
  const times = `now=${pyFloatText(now)}, timestamp=${timestamp}`;
  throw new VertexRefusal(
    "TimestampError",
    `transaction is too old (${times}, diff=${pyFloatText(now - timestamp)})`,
  );
}

/** Asserts that the hash is the work that the weight asks for. */
export function assertWork({ hash, weight }: Vertex): void {
  if (!Number.isFinite(weight)) throw new VertexRefusal("WeightError", "");
  if (hasWork(hash, weight)) return;
  throw new VertexRefusal(
    "PowError",
    `Transaction has invalid data (${BigInt(`0x${hash}`)} < ${targetOf(weight)})`,
  );
}

const HEADER_NAMES = {
  [HeaderId.nano]: "NanoHeader",
  [HeaderId.fee]: "FeeHeader",
  [HeaderId.shieldedOutputs]: "ShieldedOutputsHeader",
  [HeaderId.unshieldBalance]: "UnshieldBalanceHeader",
} as const;

const TYPE_NAMES: Readonly<Record<Transaction["version"], string>> = {
  [VertexVersion.transaction]: "Transaction",
  [VertexVersion.tokenCreation]: "TokenCreationTransaction",
  [VertexVersion.onChainBlueprint]: "OnChainBlueprint",
};

/** Asserts that a transaction has no header twice, and none that is not allowed where it goes. */
export function assertHeaders(context: RuleContext, tx: Transaction): void {
  const allowed = allowedHeaders(context, tx);
  const seen = new Set<number>();
  for (const { id } of tx.headers) {
    const name = HEADER_NAMES[id];
    if (seen.has(id)) {
      throw new VertexRefusal("HeaderNotSupported", `only one instance of \`${name}\` is allowed`);
    }
    if (!allowed.includes(id)) {
      const type = TYPE_NAMES[tx.version];
      throw new VertexRefusal(
        "HeaderNotSupported",
        `Header \`${name}\` not supported by \`${type}\``,
      );
    }
    seen.add(id);
  }
}

function allowedHeaders({ features }: RuleContext, { version }: Transaction): number[] {
  if (version === VertexVersion.onChainBlueprint) return [];
  const allowed: number[] = [];
  if (features.NANO_CONTRACTS) allowed.push(HeaderId.nano);
  if (features.FEE_TOKENS) allowed.push(HeaderId.fee);
  if (features.SHIELDED_TRANSACTIONS && version === VertexVersion.transaction) {
    allowed.push(HeaderId.shieldedOutputs, HeaderId.unshieldBalance);
  }
  return allowed;
}

/** Asserts that the parents are all there, older, of the right kinds, and in order. */
export function assertParents(
  { network }: RuleContext,
  vertex: Vertex,
  dependencies: Dependencies,
): void {
  assertDistinctParents(vertex);
  let blocks = 0;
  let transactions = 0;
  for (const hash of vertex.parents) {
    const parent = dependencies.vertex(hash);
    if (parent === undefined) {
      throw new VertexRefusal("ParentDoesNotExist", `tx=${vertex.hash} parent=${hash}`);
    }
    assertOlder(vertex, "parent", parent);
    if (!isBlock(parent)) {
      transactions++;
      continue;
    }
    const distance = vertex.timestamp - parent.timestamp;
    const isBounded = isBlock(vertex) && hash !== network.genesis.blockHash;
    if (isBounded && distance > network.maxDistanceBetweenBlocks) {
      throw new VertexRefusal(
        "TimestampError",
        `Distance between blocks is too big (${distance} seconds)`,
      );
    }
    if (transactions > 0) throw wrongOrder();
    blocks++;
  }
  const expected = isBlock(vertex) ? BLOCK_PARENTS : TRANSACTION_PARENTS;
  assertCount("block", blocks, expected.blocks);
  assertCount("tx", transactions, expected.transactions);
}

/** Asserts that no parent is there twice. */
export function assertDistinctParents({ parents }: Vertex): void {
  if (new Set(parents).size === parents.length) return;
  const list = parents.map((hash) => `'${hash}'`).join(", ");
  throw new VertexRefusal("DuplicatedParents", `('Tx has duplicated parents: {}', [${list}])`);
}

/** Asserts that what a vertex depends on is older than it. */
export function assertOlder(vertex: Vertex, what: "parent" | "spent_tx", other: Vertex): void {
  if (vertex.timestamp > other.timestamp) return;
  throw new VertexRefusal(
    "TimestampError",
    `tx=${vertex.hash} timestamp=${vertex.timestamp}, ` +
      `${what}=${other.hash} timestamp=${other.timestamp}`,
  );
}

function wrongOrder(): VertexRefusal {
  const message = "Parents which are blocks must come before transactions";
  return new VertexRefusal("IncorrectParents", message);
}

/** Asserts a number of parents of one kind. */
export function assertCount(kind: "block" | "tx", count: number, expected: number): void {
  if (count === expected) return;
  throw new VertexRefusal(
    "IncorrectParents",
    `wrong number of parents (${kind} type): ${count}, expecting ${expected}`,
  );
}
