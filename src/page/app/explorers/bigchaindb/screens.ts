import type { Screen } from "../../base/screen.ts";
import { bigchainScreens } from "../bigchain/screens.tsx";

/** The screens of BigchainDB. */
export const bigchaindbScreens: readonly Screen[] = bigchainScreens({
  name: "bigchaindb",
  title: "BigchainDB",
  assetsArgument: "asset_id",
  operations: ["CREATE", "TRANSFER", "VALIDATOR_ELECTION", "CHAIN_MIGRATION_ELECTION", "VOTE"],
  contents: "text",
}, "b");
