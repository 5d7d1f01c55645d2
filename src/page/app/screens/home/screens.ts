import type { Screen } from "../../base/screen.ts";
import { Home } from "./home.tsx";

export const homeScreens: readonly Screen[] = [
  {
    path: "/",
    title: () => "Home",
    view: Home,
    nav: { group: "Log", label: "Home", letter: "h" },
  },
];
