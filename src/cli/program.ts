import { or } from "@optique/core/constructs";
import { appendCommand } from "./commands/append.ts";
import { chainsCommand } from "./commands/chains.ts";
import { configCommand } from "./commands/config.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { readCommand, tailCommand } from "./commands/events.ts";
import { keysCommand } from "./commands/keys.ts";
import { serveCommand } from "./commands/serve.ts";
import { exportCommand, importCommand } from "./commands/transfer.ts";
import { rebuildCommand, verifyCommand } from "./commands/upkeep.ts";

/** Every command, in the order of the help. */
export const program = or(
  or(serveCommand, chainsCommand, tailCommand, readCommand, appendCommand),
  or(verifyCommand, rebuildCommand, exportCommand, importCommand),
  or(keysCommand, configCommand, doctorCommand),
);
