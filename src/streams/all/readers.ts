import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../log/log.ts";
import type { Owner } from "../../web/owner.ts";
import { isReservedChain, ORDER_CHAIN, STREAMS_PREFIX } from "../chain/names.ts";
import type { StreamService } from "../chain/service.ts";
import type { Tellings } from "../typed/tellings.ts";
import { Batches } from "./batches.ts";
import { OrderKeeper } from "./order_keeper.ts";
import { Pieces } from "./pieces.ts";
import { type OrderLife, placeIn } from "./place.ts";
import type { Selection } from "./selection.ts";
import { StreamLives } from "./stream_lives.ts";
import { Walk } from "./walk.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Milliseconds after which the order is asked for again, while somebody stays. */
const RENEW_MS = 30_000;

/** What reading all chains needs. */
export interface AllParts {
  readonly log: Log;
  readonly service: StreamService;
  readonly tellings: Tellings;
  readonly owner: Owner;
}

/** Those who read all chains, on one thread, with what they share. */
export class AllReaders {
  readonly keeper: OrderKeeper;
  readonly #log: Log;
  readonly #batches: Batches;
  readonly #lives: StreamLives;
  readonly #pieces: Pieces;
  readonly #keep: () => Promise<void>;
  #staying = 0;
  #leave = () => {};

  constructor({ log, service, tellings, owner }: AllParts) {
    this.#log = log;
    this.#batches = new Batches(log);
    this.#lives = new StreamLives(service);
    this.#pieces = new Pieces(tellings, this.#batches, this.#lives);
    this.keeper = new OrderKeeper(
      log,
      (chain) =>
        chain.startsWith(STREAMS_PREFIX) ? !isReservedChain(chain) : service.isLedger(chain),
    );
    const keep = owner.task("streams/order", () => this.keeper.keep(), "here");
    this.#keep = () => keep(undefined);
  }

  /**
   * The order, with all in it that was committed before this call.
   *
   * @param isForeign whether a page of somebody else asks, which may cause nothing: it gets what is
   * there
   */
  async order(isForeign = false): Promise<OrderLife> {
    if (!isForeign) await this.#keep();
    const head = await this.#log.chain(ORDER_CHAIN).head();
    return { epoch: head?.epoch ?? "", next: head?.next ?? 0 };
  }

  /** Somebody stays, to hear what comes, until the function that is returned is called. */
  stay(): () => void {
    if (++this.#staying === 1) this.#begin();
    let isHere = true;
    return () => {
      if (isHere && --this.#staying === 0) this.#leave();
      isHere = false;
    };
  }

  /** A place in the order; `wake` is called when there is more. */
  async walk(
    position: number,
    { epoch }: OrderLife,
    selection: Selection,
    wake: () => void,
  ): Promise<Walk> {
    const follower = await this.#log.chain(ORDER_CHAIN).attach(placeIn(position).entry, wake);
    return new Walk(follower, position, { pieces: this.#pieces, selection, epoch });
  }

  #begin(): void {
    const { clock } = this.#log;
    const deafen = this.#log.everyCommit((chain, head, records) => {
      if (isReservedChain(chain)) return;
      this.#lives.heard(chain, records);
      this.#batches.recent.add(chain, head, records);
    });
    let cancel = () => {};
    const renewLater = () => {
      cancel = clock.after(RENEW_MS, () => {
        renewLater();
        this.#keep().catch((error) =>
          logger.warn("the order of all is not kept: {error}", { error: messageOf(error) })
        );
      });
    };
    renewLater();
    this.#leave = () => {
      cancel();
      deafen();
      this.#batches.clear();
    };
  }
}
