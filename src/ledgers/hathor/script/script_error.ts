/**
 * - `script`: the script does not let the output be spent, or is no script.
 * - `uncaught`: the reference node fails on it in a way that nothing there answers (HTTP 500).
 */
export type ScriptErrorCode = "script" | "uncaught";

/** A script that fails. The message is the reference node's, which may be empty. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  constructor(readonly code: ScriptErrorCode, message: string) {
    super(message);
  }
}

export function scriptError(message: string): ScriptError {
  return new ScriptError("script", message);
}

/** What an assertion of the reference node takes for granted does not hold. */
export function scriptFailure(message: string): ScriptError {
  return new ScriptError("uncaught", message);
}
