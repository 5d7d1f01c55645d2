import type { Parser } from "@optique/core/parser";
import type { Settings } from "../kernel/setting.ts";

/** A command that was read, ready to run. It resolves with the code to leave with. */
export type Task = () => Promise<number>;

/** What reads a command line. */
export interface CommandLine {
  readonly parser: Parser<"sync", Task, unknown>;
  /** Those that are among its flags. */
  readonly settings?: Settings;
}

/**
 * What reads a command line that begins with `word`, and goes on with `next`. Only the modules of
 * that command are loaded: those of all of them cost more than most commands do. The help,
 * completions and a word that is none of them have need of all.
 */
export async function parserOf(
  word: string | undefined,
  next?: string,
): Promise<CommandLine> {
  switch (word) {
    case "chains":
      return { parser: (await import("./commands/chains.ts")).chainsCommand };
    case "tail":
      return { parser: (await import("./commands/events.ts")).tailCommand };
    case "read":
      return { parser: (await import("./commands/events.ts")).readCommand };
    case "append":
      return { parser: (await import("./commands/append.ts")).appendCommand };
    case "verify":
      return { parser: (await import("./commands/upkeep.ts")).verifyCommand };
    case "rebuild":
      return { parser: (await import("./commands/upkeep.ts")).rebuildCommand };
    case "export":
      return { parser: (await import("./commands/transfer.ts")).exportCommand };
    case "import":
      return { parser: (await import("./commands/transfer.ts")).importCommand };
    case "import-vertices":
      return withSettings((await import("./commands/import_vertices.ts")).importVerticesCommand);
    case "backup":
      return { parser: (await import("./commands/backup.ts")).backupCommand };
    case "restore":
      return { parser: (await import("./commands/backup.ts")).restoreCommand };
    case "compact":
      return { parser: (await import("./commands/backup.ts")).compactCommand };
    case "keys":
      return { parser: (await import("./commands/keys.ts")).keysCommandOf(next) };
    case "connections":
      return { parser: (await import("./commands/connections.ts")).connectionsCommand };
    case "stats":
      return { parser: (await import("./commands/stats.ts")).statsCommand };
    case "dev":
      return { parser: (await import("./commands/dev.ts")).devCommand };
    case "serve":
      return withSettings((await import("./commands/serve.ts")).serveCommand);
    case "mirror":
      return withSettings((await import("./commands/mirror.ts")).mirrorCommand);
    case "config":
      return withSettings((await import("./commands/config.ts")).configCommand);
    case "doctor":
      return withSettings((await import("./commands/doctor.ts")).doctorCommand);
    default:
      return withSettings((await import("./commands/all.ts")).allCommands);
  }
}

async function withSettings(parser: CommandLine["parser"]): Promise<CommandLine> {
  return { parser, settings: (await import("../server/settings.ts")).allSettings };
}
