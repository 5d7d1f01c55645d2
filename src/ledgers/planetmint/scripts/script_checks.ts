import type { Clock } from "../../../kernel/clock.ts";
import type { OwnChecks } from "../../shared_bigchaindb/chain/dialect.ts";
import { checkOutput, inputText, readScript } from "./script.ts";
import { ScriptThread } from "./script_thread.ts";

/**
 * The checks of scripts. What one came to decides whether its transaction is taken, once: the log
 * keeps the transaction, and whoever reads it runs nothing.
 */
export function scriptChecks(clock: Clock): OwnChecks {
  const thread = new ScriptThread(clock);
  return {
    async check({ script: posted }) {
      if (posted === undefined) return;
      const script = readScript(posted);
      checkOutput(script, await thread.run({ code: script.code, data: inputText(script) }));
    },
    stop: () => thread.stop(),
  };
}
