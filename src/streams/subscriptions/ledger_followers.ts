import type { Follower } from "../../log/follower.ts";
import type { StreamService } from "../chain/service.ts";

/** Follows chains of ledgers, whose commits do not pass the service of streams. */
export class LedgerFollowers {
  readonly #service: StreamService;
  readonly #heard: (path: string) => void;
  readonly #failed: (path: string, error: unknown) => void;
  readonly #followers = new Map<string, Promise<Follower>>();

  /** `heard` is called at each commit; `failed` where a chain cannot be followed any more. */
  constructor(
    service: StreamService,
    heard: (path: string) => void,
    failed: (path: string, error: unknown) => void,
  ) {
    this.#service = service;
    this.#heard = heard;
    this.#failed = failed;
  }

  /** The chains that are followed. */
  get paths(): Iterable<string> {
    return [...this.#followers.keys()];
  }

  /** Begins to follow a chain, if it is a ledger's and is not followed yet. */
  follow(path: string): void {
    if (!this.#service.isLedger(path) || this.#followers.has(path)) return;
    const following = this.#follow(path);
    this.#followers.set(path, following);
    following.catch((error: unknown) => {
      this.#followers.delete(path);
      this.#failed(path, error);
    });
  }

  unfollow(path: string): void {
    this.#followers.get(path)?.then((follower) => follower.close(), () => {});
    this.#followers.delete(path);
  }

  async #follow(path: string): Promise<Follower> {
    const chain = this.#service.chain(path);
    const next = (await chain.head())?.next ?? 0;
    const follower = await chain.attach(next, () => this.#heard(path));
    this.#heard(path);
    return follower;
  }
}
