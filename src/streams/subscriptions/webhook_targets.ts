import { isIP } from "node:net";
import { isLoopback } from "../../kernel/address.ts";
import { isLocalName, isPublic } from "./addresses.ts";
import { SubscriptionRefusal } from "./errors.ts";

/**
 * Where webhooks may go (PROTOCOL.md, section 12.8): to public addresses by HTTPS, and by either
 * scheme to hosts that the operator names, and to this machine where the server itself is for this
 * machine alone. A name's addresses are looked at when it is connected to, not before, so it makes
 * no difference what it was when the subscription was made.
 */
export class WebhookTargets {
  readonly #isLocal: boolean;
  readonly #named: ReadonlySet<string>;

  /** `named` are hosts, with a port where only that one is meant. */
  constructor(listensOn: string, named: readonly string[]) {
    this.#isLocal = isLoopback(listensOn);
    this.#named = new Set(named.map((host) => host.toLowerCase()));
  }

  /** The target as a URL. Throws `WEBHOOK_URL_REJECTED`. */
  check(text: string): URL {
    if (!URL.canParse(text)) throw rejected("It is not a URL");
    const url = new URL(text);
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      throw rejected("A webhook goes out by https");
    }
    if (url.username !== "" || url.password !== "") throw rejected("A URL holds no passwords");
    if (this.#isNamed(url)) return url;
    const host = hostOf(url);
    if (isLocalName(host)) {
      if (this.#isLocal) return url;
      throw rejected("This server calls no loopback addresses");
    }
    if (url.protocol === "http:") throw rejected("A webhook goes out by https");
    if (isIP(host) !== 0 && !isPublic(host)) throw rejected("The address is not a public one");
    return url;
  }

  /** Whether a host of a checked URL may be connected to at an address. */
  mayConnect(url: URL, address: string): boolean {
    if (this.#isNamed(url) || isPublic(address)) return true;
    return this.#isLocal && isLocalName(hostOf(url)) && isLoopback(address);
  }

  #isNamed(url: URL): boolean {
    return this.#named.has(url.hostname) || this.#named.has(url.host) ||
      this.#named.has(hostOf(url));
  }
}

/** The host without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function rejected(message: string): SubscriptionRefusal {
  return new SubscriptionRefusal("WEBHOOK_URL_REJECTED", message);
}
