import {
  bigchaindbTraffic,
  type BigchainTraffic,
  planetmintTraffic,
} from "./bigchain/bigchain_traffic.ts";
import { type HathorTraffic, hathorTraffic } from "./hathor/hathor_traffic.ts";
import { type HieraTraffic, hieraTraffic } from "./hierachain/hierachain_traffic.ts";
import type { World } from "./world.ts";

/** What a world has been filled with, by which tests find it on the page. */
export interface Traffic {
  readonly hathor: HathorTraffic;
  readonly bigchaindb: BigchainTraffic;
  readonly planetmint: BigchainTraffic;
  readonly hierachain: HieraTraffic;
}

/** Fills every ledger with some of everything that its explorer shows. */
export async function populate(world: World): Promise<Traffic> {
  return {
    hathor: await hathorTraffic(world.hathor),
    bigchaindb: await bigchaindbTraffic(world.bigchaindb),
    planetmint: await planetmintTraffic(world.planetmint),
    hierachain: await hieraTraffic(world.hierachain),
  };
}
