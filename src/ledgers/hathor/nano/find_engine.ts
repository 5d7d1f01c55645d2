import { messageOf } from "../../../kernel/errors.ts";

/** The release of hathorlib that executes contracts; `engine/executor.py` has the same. */
export const ENGINE_RELEASE = "0.15.0";

/** The command that is tried where no Python is named. */
const USUAL_PYTHON = "python3";

/** A Python that has the engine, or why there is none. */
export type EngineSearch = { readonly python: string } | { readonly why: string };

/** Milliseconds in which a Python says what it has. */
const LOOK_MS = 20_000;

/** What it is asked: the package itself takes long to load. */
const LOOK = "import sys, importlib.metadata as m\n" +
  "assert sys.version_info >= (3, 11)\n" +
  "print(m.version('hathorlib'))";

/** Where contracts are executed: nowhere, by the usual Python, or by the one of a path. */
export type EngineChoice = "off" | "auto" | { readonly python: string };

/** Looks whether a Python has the engine. It is run for that, if the program may. */
export async function findEngine(choice: Exclude<EngineChoice, "off">): Promise<EngineSearch> {
  const python = choice === "auto" ? USUAL_PYTHON : choice.python;
  const { state } = await Deno.permissions.query({ name: "run", command: python });
  if (state !== "granted") {
    // Where it is not on the PATH the runtime takes the permission for it away.
    const missing = choice === "auto" ? `there is no ${python} on the PATH, or ` : "";
    const needed = `the program may not run ${python}: it needs --allow-run=${python}`;
    return { why: `${missing}${needed}, and ${howToGet(python)}` };
  }
  try {
    const { success, stdout } = await new Deno.Command(python, {
      args: ["-s", "-P", "-c", LOOK],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.timeout(LOOK_MS),
    }).output();
    const found = new TextDecoder().decode(stdout).trim();
    if (success && found === ENGINE_RELEASE) return { python };
    const has = success ? `hathorlib ${found}` : "no hathorlib, or is older than Python 3.11";
    return { why: `${python} has ${has}: ${howToGet(python)}` };
  } catch (error) {
    return { why: `${python} cannot be run: ${messageOf(error)}` };
  }
}

function howToGet(python: string): string {
  return `${python} -m pip install hathorlib==${ENGINE_RELEASE}`;
}
