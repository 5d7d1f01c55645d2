import type { Screen } from "../../base/screen.ts";
import { bigchainScreens } from "../bigchain/screens.tsx";

/** The screens of Planetmint. */
export const planetmintScreens: readonly Screen[] = bigchainScreens({
  name: "planetmint",
  title: "Planetmint",
  assetsArgument: "asset_ids",
  operations: [
    "CREATE",
    "TRANSFER",
    "COMPOSE",
    "DECOMPOSE",
    "VALIDATOR_ELECTION",
    "CHAIN_MIGRATION_ELECTION",
    "VOTE",
  ],
  contents: "cid",
}, "p");
