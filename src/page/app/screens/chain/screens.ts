import type { Screen } from "../../base/screen.ts";
export const chainScreens: readonly Screen[] = [];
