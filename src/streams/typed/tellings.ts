import type { Chain } from "../../log/chain.ts";
import type { FormContext, LedgerContext, ToldForm } from "../../web/ledger.ts";
import type { StreamState } from "../chain/state.ts";
import type { Format } from "./formats.ts";
import { plainForm } from "./plain_form.ts";
import { Telling } from "./telling.ts";

/** Tellings of one chain that are kept: its formats, in more lives than are read at once. */
const KEPT = 8;

/** What telling needs: of ledgers that are left out, events are told as they lie in the log. */
export type TellingContext = FormContext & Pick<LedgerContext, "ledgers">;

/** How the chains of all ledgers are told: of each the form of its ledger, which its definition names. */
export class Tellings {
  readonly #context: TellingContext;
  readonly #forms = new WeakMap<Chain, Promise<ToldForm>>();
  readonly #known = new WeakMap<Chain, Map<string, Telling>>();

  constructor(context: TellingContext) {
    this.#context = context;
  }

  /** How a ledger's chain is told, as it is now. */
  async of(name: string, { life }: Pick<StreamState, "life">, format: Format): Promise<Telling> {
    const chain = this.#context.log.chain(name);
    const known = this.#known.get(chain) ?? new Map<string, Telling>();
    this.#known.set(chain, known);
    const key = `${format} ${life}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const form = await this.#formOf(chain);
    const ledger = this.#ledgerOf(name);
    const types = new Set(Object.keys(ledger?.eventTypes ?? {}));
    const told = { chain: name, ledger: ledger?.name ?? "", life, types };
    const telling = known.get(key) ?? new Telling(format, told, form);
    known.set(key, telling);
    for (const oldest of known.keys()) {
      if (known.size <= KEPT) break;
      known.delete(oldest);
    }
    return telling;
  }

  #ledgerOf(name: string) {
    return this.#context.ledgers.find((ledger) => ledger.projectionOf(name) !== undefined);
  }

  #formOf(chain: Chain): Promise<ToldForm> {
    const known = this.#forms.get(chain);
    if (known !== undefined) return known;
    const making =
      (async () =>
        await this.#ledgerOf(chain.name)?.formOf?.(chain.name, this.#context) ?? plainForm)();
    this.#forms.set(chain, making);
    // Where the store was away, it is made for whoever asks next.
    making.catch(() => this.#forms.delete(chain));
    return making;
  }
}
