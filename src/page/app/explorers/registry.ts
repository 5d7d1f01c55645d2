import type { Screen } from "../base/screen.ts";
import { bigchaindbScreens } from "./bigchaindb/screens.ts";
import { hathorScreens } from "./hathor/screens.ts";
import { hierachainScreens } from "./hierachain/screens.ts";
import { planetmintScreens } from "./planetmint/screens.ts";

/** The screens of each ledger: a folder and a line for each. */
export const explorerScreens: readonly Screen[] = [
  ...hierachainScreens,
  ...hathorScreens,
  ...bigchaindbScreens,
  ...planetmintScreens,
];
