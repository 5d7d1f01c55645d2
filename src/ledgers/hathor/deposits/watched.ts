import { hash160 } from "../../../crypto/bitcoin_hash.ts";
import { concatBytes } from "../../../kernel/concat.ts";
import { type HdPublicKey, parseXpub } from "../../../crypto/hd_public_key.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Network } from "../networks/network.ts";
import { type AddressScript, addressTextOf, parseAddressScript } from "../script/patterns.ts";
import { isAuthority, tokenIndexOf } from "../vertex/output.ts";
import { tokenUidAt, type Vertex } from "../vertex/vertex.ts";
import type { DepositRow } from "./book.ts";
import { addressKey } from "./config.ts";
import type { Listener, WatchedOutput } from "./tell.ts";

/** Addresses that are made between two looks at the clock. */
const KEYS_PER_LOOK = 8;

/** A subscription at work, with the addresses of its xpub as far as they are watched. */
export interface Watched extends Listener {
  readonly from: number;
  readonly tokens: ReadonlySet<string>;
  readonly gap: number;
  readonly key: HdPublicKey | undefined;
  /** Whether it is told of whatever is paid in its tokens, to whomever. */
  readonly isByToken: boolean;
  /** Addresses of the xpub that are watched: those before this index. */
  derived: number;
}

/** What watches an address. */
interface Target {
  readonly watched: Watched;
  /** The first event whose transactions count. */
  readonly from: number;
  readonly index: number | null;
}

/** An output with whoever is told of it. */
interface Match extends Target {
  readonly payment: WatchedOutput;
}

export function watchedOf(
  { id, life, from, config, addresses }: DepositRow,
  network: string,
): Watched {
  const { xpub, gap, tokens, confirmations } = config;
  return {
    id,
    life,
    network,
    confirmations,
    from,
    tokens: new Set(tokens),
    gap,
    key: xpub === null ? undefined : parseXpub(xpub),
    isByToken: xpub === null && addresses === 0,
    derived: 0,
  };
}

/** Who is told of which payments: an output costs one look-up, however many are watched. */
export class WatchIndex {
  readonly #network: Network;
  readonly #targets = new Map<string, Target[]>();
  readonly #byToken = new Map<string, Watched[]>();
  readonly #all = new Map<Watched, string[]>();

  constructor(network: Network) {
    this.#network = network;
  }

  get size(): number {
    return this.#all.size;
  }

  all(): Iterable<Watched> {
    return this.#all.keys();
  }

  /** Begins to tell a subscription, of no address yet. */
  add(watched: Watched): void {
    if (this.#all.has(watched)) return;
    this.#all.set(watched, []);
    if (!watched.isByToken) return;
    for (const token of watched.tokens) {
      this.#byToken.set(token, [...this.#byToken.get(token) ?? [], watched]);
    }
  }

  /** Watches addresses for a subscription, each from an event on. Returns whether any is new. */
  watch(
    watched: Watched,
    addresses: Iterable<readonly [address: string, from: number]>,
  ): boolean {
    let isAnyNew = false;
    for (const [address, from] of addresses) {
      if (this.#watch(watched, address, from, null)) isAnyNew = true;
    }
    return isAnyNew;
  }

  /**
   * Watches the addresses of a subscription's xpub up to its gap beyond one that was paid to; -1
   * stands for none.
   */
  async grow(watched: Watched, used: number): Promise<void> {
    const pace = new Pace(KEYS_PER_LOOK);
    for (let index = watched.derived; index <= used + watched.gap; index = watched.derived) {
      if (watched.key === undefined) return;
      const hash = hash160(watched.key.childKey(index));
      watched.derived++;
      this.#watch(watched, this.#keyOf({ type: "P2PKH", hash }), watched.from, index);
      const turn = pace.spend(1);
      if (turn !== undefined) await turn;
    }
  }

  remove(watched: Watched): void {
    for (const key of this.#all.get(watched) ?? []) {
      const rest = this.#targets.get(key)?.filter((target) => target.watched !== watched) ?? [];
      if (rest.length > 0) this.#targets.set(key, rest);
      else this.#targets.delete(key);
    }
    for (const token of watched.isByToken ? watched.tokens : []) {
      const rest = this.#byToken.get(token)?.filter((each) => each !== watched) ?? [];
      if (rest.length > 0) this.#byToken.set(token, rest);
      else this.#byToken.delete(token);
    }
    this.#all.delete(watched);
  }

  /** Takes over all that another index has. */
  take(other: WatchIndex): void {
    for (const [watched, keys] of other.#all) this.#all.set(watched, keys);
    for (const [key, targets] of other.#targets) {
      this.#targets.set(key, [...this.#targets.get(key) ?? [], ...targets]);
    }
    for (const [token, some] of other.#byToken) {
      this.#byToken.set(token, [...this.#byToken.get(token) ?? [], ...some]);
    }
  }

  /** What of a vertex is paid to anything that is watched. */
  matches(vertex: Vertex): Match[] {
    const matches: Match[] = [];
    for (const [output, each] of vertex.outputs.entries()) {
      if (isAuthority(each)) continue;
      const token = tokenUidAt(vertex, tokenIndexOf(each));
      if (token === undefined) continue;
      const parsed = parseAddressScript(each.script);
      const targets = parsed === undefined ? undefined : this.#targets.get(this.#keyOf(parsed));
      const byToken = this.#byToken.get(token);
      if (targets === undefined && byToken === undefined) continue;
      const payment = {
        output,
        address: parsed === undefined ? null : addressTextOf(this.#network, parsed),
        token,
        amount: each.value,
        timelock: parsed?.timelock ?? null,
      };
      for (const target of targets ?? []) {
        const { watched: { tokens }, index } = target;
        if (tokens.size > 0 && !tokens.has(token)) continue;
        matches.push({ ...target, payment: { ...payment, index } });
      }
      for (const watched of byToken ?? []) {
        const { from } = watched;
        matches.push({ watched, from, index: null, payment: { ...payment, index: null } });
      }
    }
    return matches;
  }

  /** Whether an output's script pays to an address that a subscription watches. */
  isWatched(watched: Watched, script: Uint8Array): boolean {
    const parsed = parseAddressScript(script);
    if (parsed === undefined) return false;
    const targets = this.#targets.get(this.#keyOf(parsed));
    return targets?.some((target) => target.watched === watched) === true;
  }

  /** Returns whether the subscription did not watch the address before. */
  #watch(watched: Watched, key: string, from: number, index: number | null): boolean {
    const keys = this.#all.get(watched);
    const known = this.#targets.get(key) ?? [];
    if (keys === undefined) return false;
    const same = known.find((target) => target.watched === watched);
    if (same === undefined) keys.push(key);
    // An address that is named may be one of the xpub, too.
    const target = {
      watched,
      from: Math.min(from, same?.from ?? from),
      index: index ?? same?.index ?? null,
    };
    this.#targets.set(key, [...known.filter((each) => each !== same), target]);
    return same === undefined;
  }

  /** The key of the address that a script pays to. */
  #keyOf({ type, hash }: Pick<AddressScript, "type" | "hash">): string {
    const { p2pkhVersionByte, multisigVersionByte } = this.#network;
    return addressKey(
      concatBytes(Uint8Array.of(type === "P2PKH" ? p2pkhVersionByte : multisigVersionByte), hash),
    );
  }
}
