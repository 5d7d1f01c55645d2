import { or } from "@optique/core/constructs";
import { appendCommand } from "./append.ts";
import { backupCommand, compactCommand, restoreCommand } from "./backup.ts";
import { chainsCommand } from "./chains.ts";
import { connectionsCommand } from "./connections.ts";
import { configCommand } from "./config.ts";
import { devCommand } from "./dev.ts";
import { doctorCommand } from "./doctor.ts";
import { readCommand, tailCommand } from "./events.ts";
import { importVerticesCommand } from "./import_vertices.ts";
import { mirrorCommand } from "./mirror.ts";
import { keysCommand } from "./keys.ts";
import { statsCommand } from "./stats.ts";
import { serveCommand } from "./serve.ts";
import { exportCommand, importCommand } from "./transfer.ts";
import { rebuildCommand, verifyCommand } from "./upkeep.ts";

/** Every command, in the order of the help. */
export const allCommands = or(
  or(serveCommand, mirrorCommand, chainsCommand, tailCommand, readCommand, appendCommand),
  or(verifyCommand, rebuildCommand, exportCommand, importCommand, importVerticesCommand),
  or(backupCommand, restoreCommand, compactCommand),
  or(connectionsCommand, statsCommand),
  or(keysCommand, devCommand, configCommand, doctorCommand),
);
