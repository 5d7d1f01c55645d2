import type { HathorWorld } from "./hathor_world.ts";

/** What happened on Hathor's network. */
export interface HathorTraffic {
  readonly payment: string;
  readonly waiting: string;
  readonly voided: string;
  readonly token: string;
  readonly address: string;
  readonly tip: string;
}

/** Blocks that were mined before anybody paid. */
const FIRST = 12;

/** Blocks, payments, a token, a double spend, a block that gave way, and one that waits. */
export async function hathorTraffic(world: HathorWorld): Promise<HathorTraffic> {
  await world.mine(FIRST);
  const payment = await world.pay(2, 1_250);
  await world.pay(3, 40);
  await world.mine();
  for (const value of [300, 10, 99, 1]) await world.pay(2 + value % 3, value);
  await world.mine(2);
  const token = await world.createToken(2, 10_000);
  await world.mine();
  const [, voided] = await world.payTwice(4, 77);
  await world.sideBlock();
  await world.mine(3);
  for (let value = 1; value <= 9; value++) await world.pay(5, value);
  const tip = await world.mine(2);
  await world.pay(3, 5);
  const waiting = await world.pay(6, 6);
  return {
    payment: payment.hash,
    waiting: waiting.hash,
    voided: voided.hash,
    token: token.hash,
    address: world.address(2),
    tip: tip.hash,
  };
}
