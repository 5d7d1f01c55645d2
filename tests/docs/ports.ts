import { variableOf } from "../../src/kernel/setting.ts";
import { LEDGERS } from "../../src/ledgers/registry.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { takePort } from "../support/ports.ts";

/** The ports of the pages, moved to free ones: other tests and programs may have those. */
export class MovedPorts {
  readonly #moved = new Map<string, string>();
  /** The environment of a server on the moved ports, and of commands that look for it there. */
  readonly variables: Readonly<Record<string, string>>;

  constructor() {
    const variables: Record<string, string> = {};
    // Taken until all are chosen, so that no two are the same.
    const taken: Deno.Listener[] = [];
    for (const [name, port] of standardPorts()) {
      const listener = takePort();
      taken.push(listener);
      const moved = String(listener.addr.port);
      this.#moved.set(port, moved);
      variables[variableOf(name)] = moved;
    }
    for (const listener of taken) listener.close();
    this.variables = { ...variables, LEDGER_URL: this.move("http://localhost:8000") };
  }

  /** A text of a page with the moved ports in its addresses. */
  move(text: string): string {
    return text.replaceAll(/(?<=\blocalhost:)\d+/g, (port) => this.#moved.get(port) ?? port);
  }
}

/** The settings of ports, and what they are where nobody sets them. */
function standardPorts(): (readonly [name: string, port: string])[] {
  const ledgers = LEDGERS.flatMap(({ ports, settings }) =>
    ports.map((name) => [name, settings[name]?.fallback ?? ""] as const)
  );
  return [["port", serverSettings.port.fallback], ...ledgers];
}
