import type { Options } from "./options.ts";
import type { Row } from "./table.ts";

/** Something to measure: one or more lines of the table. */
export interface Scenario {
  /** Name of its line, or what the names of its lines begin with. */
  readonly name: string;
  /** It takes minutes, and runs only where it is named. */
  readonly isLong?: boolean;
  run(options: Options): Promise<readonly Row[]>;
}
