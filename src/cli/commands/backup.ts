import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { type BackendFlags, backendOptions, withBackend } from "../backend/open_backend.ts";
import { OK } from "../terminal/exit_codes.ts";
import { print, ProgressBar } from "../terminal/terminal.ts";

/** `backup`: everything, in one file. */
export const backupCommand = map(
  command(
    "backup",
    merge(
      object({
        path: argument(string({ metavar: "PATH" }), {
          description:
            message`A file that is not there yet, or a folder in which one is named by the time`,
        }),
      }),
      backendOptions,
    ),
    {
      brief: message`Write every chain, with keys of the server and of its ledgers, to one file`,
      footer:
        message`Beside a running server too, whose key has to be one of an administrator. It is checked as it is written, and read again at the end. The file has private keys: it can be read by its owner alone. A store that is damaged, or has nothing, is not backed up; export saves what can be read.`,
    },
  ),
  (flags) => () => runBackup(flags),
);

/** `restore`: a store out of a backup. */
export const restoreCommand = map(
  command(
    "restore",
    object({
      file: argument(string({ metavar: "FILE" }), { description: message`What backup wrote` }),
      store: option("--store", string({ metavar: "STORE" }), {
        description: message`A file that is not there yet, or the URL of an empty denokv server`,
      }),
    }),
    {
      brief: message`Make a store of a backup`,
      footer:
        message`The backup is checked before anything is written, and every chain afterwards. The store has all events, keys and signing keys, and begins a new life: clients are told that what they were given after the backup is gone. One that was cut off goes on when it is run again.`,
    },
  ),
  (flags) => () => runRestore(flags),
);

interface BackupFlags extends BackendFlags {
  readonly path: string;
}

async function runBackup(flags: BackupFlags): Promise<number> {
  const { backupTo } = await import("../backup/write_backup.ts");
  const bar = new ProgressBar();
  try {
    await withBackend(flags, async (backend) => {
      const { file, end } = await backupTo(flags.path, backend.backup(), bar.update);
      bar.clear();
      await print(`${file}: ${end.events} events of ${end.chains} chains, read again and whole\n`);
    });
  } finally {
    bar.clear();
  }
  return OK;
}

async function runRestore(flags: { readonly file: string; readonly store: string }) {
  const { restore } = await import("../backup/restore.ts");
  const bar = new ProgressBar();
  try {
    const { chains, events } = await restore(flags.file, flags.store, bar.update);
    bar.clear();
    await print(`${flags.store}: ${events} events of ${chains} chains, all verified\n`);
  } finally {
    bar.clear();
  }
  return OK;
}
