import { render } from "preact";
import { showTheme } from "./base/theme.ts";
import { SCREENS } from "./screens.ts";
import { Shell } from "./shell/shell.tsx";

showTheme();
const root = document.querySelector("#app");
if (root !== null) render(<Shell screens={SCREENS} />, root);
