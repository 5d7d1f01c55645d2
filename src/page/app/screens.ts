import type { Screen } from "./base/screen.ts";
import { explorerScreens } from "./explorers/registry.ts";
import { chainScreens } from "./screens/chain/screens.ts";
import { homeScreens } from "./screens/home/screens.ts";
import { serverScreens } from "./screens/server/screens.ts";

/** Every screen of the page, in the order of the navigation; finders are asked in the same. */
export const SCREENS: readonly Screen[] = [
  ...homeScreens,
  ...chainScreens,
  ...explorerScreens,
  ...serverScreens,
];
