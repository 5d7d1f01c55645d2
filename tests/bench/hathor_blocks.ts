import { chainProjection } from "../../src/server/projections.ts";
import { parseXpub } from "../../src/crypto/hd_public_key.ts";
import { openStore } from "../../src/kv/open.ts";
import { addressAt, decodeAddress } from "../../src/ledgers/hathor/networks/address.ts";
import { genesisOf } from "../../src/ledgers/hathor/networks/genesis.ts";
import { inTestMode } from "../../src/ledgers/hathor/networks/settings_file.ts";
import { hasWork } from "../../src/ledgers/hathor/rules/work.ts";
import { scriptOfAddress } from "../../src/ledgers/hathor/script/patterns.ts";
import { sealVertex } from "../../src/ledgers/hathor/vertex/seal.ts";
import { type Block, VertexVersion } from "../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../src/log/log.ts";
import { networkOf } from "../ledgers/hathor/support/vectors.ts";
import { SteppedClock } from "../support/fake_clock.ts";
import { TestNode } from "../ledgers/hathor/support/test_node.ts";

/** The wallet whose addresses the blocks pay in turn. */
export const XPUB =
  "xpub6FJjNPF19CxAB3rBf6BafcvSnhc3tP2dFrHVWeU1rCrE2pJZ8zopvP6kDqvTHY9BRtdyxzxSngZqk" +
  "LEdEMAodXubm6oYS4PGMp79xbauz1j";
const ADDRESSES = 100;
/** Blocks that are on their way at a time while a store is filled. */
const AT_ONCE = 500;

/** What a server has that is told nothing else. */
export const network = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });

const addresses = addressesOf(XPUB);

/** The wallet's first address. */
export const FIRST_ADDRESS = addresses[0] ?? "";

function addressesOf(xpub: string): string[] {
  const key = parseXpub(xpub);
  if (key === undefined) throw new TypeError("no key");
  return Array.from({ length: ADDRESSES }, (_, index) => addressAt(network, key, index));
}

/** Blocks one on top of the other, a second apart. */
export class BlockChain {
  readonly #scripts: readonly Uint8Array[];
  #last: Block = genesisOf(network).block;
  timestamp: number;
  height = 0;

  constructor(timestamp: number) {
    this.timestamp = timestamp;
    this.#scripts = addresses.map((address) => (
      scriptOfAddress(network, decodeAddress(address)) ?? new Uint8Array()
    ));
  }

  /** The next block, which pays to the address `to`, or to all in turn. */
  next(to = this.height % ADDRESSES): Block {
    const { tx1, tx2 } = genesisOf(network);
    this.timestamp++;
    this.height++;
    const fields = {
      version: VertexVersion.block,
      signalBits: 0,
      outputs: [{ value: 6400n, tokenData: 0, script: this.#scripts[to] ?? new Uint8Array() }],
      weight: 1,
      timestamp: this.timestamp,
      parents: [this.#last, tx1, tx2].map(({ hash }) => hash),
      data: new Uint8Array(),
    };
    for (let nonce = 0n;; nonce++) {
      const block = sealVertex({ ...fields, nonce });
      if (hasWork(block.hash, block.weight)) return this.#last = block;
    }
  }
}

/** Makes a store with a node that has so many blocks of a chain. */
export async function fillBlocks(
  path: string,
  chain: BlockChain,
  count: number,
): Promise<void> {
  const store = await openStore(path);
  const clock = new SteppedClock(chain.timestamp * 1_000);
  const log = new Log(store, { projectionOf: chainProjection, clock });
  const node = await TestNode.open({ log, clock, network });
  await node.start();
  for (let taken = 0; taken < count; taken += AT_ONCE) {
    const blocks = Array.from({ length: AT_ONCE }, () => chain.next());
    clock.time = chain.timestamp * 1_000;
    const answers = await Promise.all(blocks.map((block) => node.intake.accept(block)));
    const refused = answers.find(({ isAccepted }) => !isAccepted);
    if (refused !== undefined) throw new Error(JSON.stringify(refused));
  }
  await log.close();
  store.close();
}
