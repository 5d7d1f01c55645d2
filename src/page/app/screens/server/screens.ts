import type { Screen } from "../../base/screen.ts";
import { ConnectionsScreen } from "./connections.tsx";
import { KeysScreen } from "./keys.tsx";
import { LogScreen } from "./log.tsx";
import { SettingsScreen } from "./settings.tsx";
import { WebhooksScreen } from "./webhooks.tsx";

export const serverScreens: readonly Screen[] = [
  {
    path: "/connections",
    title: () => "Connections",
    view: ConnectionsScreen,
    nav: { group: "Server", label: "Connections", letter: "n" },
  },
  {
    path: "/webhooks",
    title: () => "Webhooks",
    view: WebhooksScreen,
    nav: { group: "Server", label: "Webhooks", letter: "w" },
  },
  {
    path: "/keys",
    title: () => "Keys",
    view: KeysScreen,
    nav: { group: "Server", label: "Keys", letter: "k" },
  },
  {
    path: "/settings",
    title: () => "Settings",
    view: SettingsScreen,
    nav: { group: "Server", label: "Settings", letter: "s" },
  },
  {
    path: "/log",
    title: () => "Log of the server",
    view: LogScreen,
    nav: { group: "Server", label: "Server log", letter: "l" },
  },
];
