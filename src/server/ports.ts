import { getLogger } from "@logtape/logtape";
import type { Configured } from "../kernel/configuration.ts";
import { LedgerError } from "../kernel/errors.ts";
import { isDeploy } from "../kv/deploy.ts";
import type { Handler } from "../web/handler.ts";
import { type LedgerDefinition, prefixOf } from "../web/ledger.ts";
import type { Certificate } from "./edge/tls.ts";
import { listen, type OpenAddress, type OpenPort } from "./listeners.ts";
import type { serverSettings } from "./settings.ts";

const logger = getLogger(["ledgerline", "server"]);

/** A port that is served, and what for. */
export interface Served {
  /** `main`, or the name of a ledger. */
  readonly name: string;
  /** The setting that names it. */
  readonly setting: string;
  readonly origin: string;
}

/** The ports of one server, as they are opened and until all are closed. */
export class Ports {
  readonly served: Served[] = [];
  readonly #settings: Configured<typeof serverSettings>;
  readonly #certificate: Certificate | undefined;
  readonly #openAddress: OpenAddress;
  readonly #open: OpenPort[] = [];
  /** The settings whose ports are served, by their numbers. */
  readonly #held = new Map<number, string>();
  #main: Handler | undefined;

  constructor(
    settings: Configured<typeof serverSettings>,
    certificate: Certificate | undefined,
    openAddress: OpenAddress,
  ) {
    this.#settings = settings;
    this.#certificate = certificate;
    this.#openAddress = openAddress;
  }

  /**
   * Serves the main port, if there is one, from now on by `handler`. It comes before all others, so
   * that its health can be asked for while the store is upgraded. Throws `config_invalid`.
   */
  async serveMain(handler: Handler): Promise<void> {
    const { port } = this.#settings.values;
    const isOpen = this.#main !== undefined;
    this.#main = handler;
    if (port === undefined || isOpen) return;
    try {
      await this.#listen(
        "main",
        "port",
        port,
        (request, address) => (this.#main ?? handler)(request, address),
      );
    } catch (error) {
      throw this.#explained(error, "port", port);
    }
  }

  /**
   * Serves a native port of a ledger, which a setting names. Where it is taken and nobody asked for
   * it that is only said: the ledger can still be had under its prefix. A ledger whose first port is
   * off has none of its others, but for those that were asked for. Throws `config_invalid`.
   */
  async serveNative(ledger: LedgerDefinition, setting: string, handler: Handler): Promise<void> {
    const { values, given } = this.#settings;
    const { [setting]: port }: Readonly<Record<string, unknown>> = values;
    // A port that is switched off is no number.
    const { [ledger.ports[0] ?? setting]: first }: Readonly<Record<string, unknown>> = values;
    const isWanted = given.has(setting) || (!isDeploy() && first !== undefined);
    if (typeof port !== "number" || !isWanted) return;
    try {
      await this.#listen(ledger.name, setting, port, handler);
    } catch (error) {
      const isAsked = given.has(setting) || values.port === undefined;
      if (isAsked) throw this.#explained(error, setting, port);
      logger.warn("port {port} is {holder}: {ledger} is at {prefix}/ of the main port only", {
        port,
        holder: this.#holder(port),
        ledger: ledger.name,
        prefix: prefixOf(ledger),
      });
    }
  }

  /** Who has a port that is not free. */
  #holder(port: number): string {
    const own = this.#held.get(port);
    return own === undefined ? "taken by another program" : `that of --${own} already`;
  }

  #explained(error: unknown, setting: string, port: number): unknown {
    if (!(error instanceof Deno.errors.AddrInUse)) return error;
    return new LedgerError(
      "config_invalid",
      `Port ${port} is ${
        this.#holder(port)
      }: choose another with --${setting}, or --${setting}=off`,
      {},
      error,
    );
  }

  /** Stops accepting, and resolves when every connection is gone. */
  async shutdown(): Promise<void> {
    await Promise.all(this.#open.map((port) => port.shutdown()));
  }

  /** Ends at once whatever connections there are. */
  cut(): void {
    for (const port of this.#open) port.cut();
  }

  async #listen(name: string, setting: string, port: number, handler: Handler): Promise<void> {
    const { values, given } = this.#settings;
    // On Deploy there is one port, and everything comes to it from outside.
    const host = isDeploy() && !given.has("host") ? "0.0.0.0" : values.host;
    const certificate = this.#certificate;
    const open = await listen({ host, port, certificate }, this.#openAddress, handler);
    this.#open.push(open);
    this.#held.set(open.port, setting);
    const scheme = certificate === undefined ? "http" : "https";
    const shown = host.includes(":") ? `[${host}]` : host;
    this.served.push({ name, setting, origin: `${scheme}://${shown}:${open.port}` });
  }
}
