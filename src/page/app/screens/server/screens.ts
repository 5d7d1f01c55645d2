import type { Screen } from "../../base/screen.ts";
export const serverScreens: readonly Screen[] = [];
