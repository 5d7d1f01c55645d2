import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { format as formatBytes } from "@std/fmt/bytes";
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

/** `compact`: a store's file without the room that nothing is in. */
export const compactCommand = map(
  command(
    "compact",
    object({
      store: option("--store", string({ metavar: "STORE" }), {
        description: message`The file of a store that no server has open`,
      }),
    }),
    {
      brief: message`Make a store's file as small as what is in it`,
      footer:
        message`Every chain is verified before, and in the new file before that takes the place of the old one: until then a crash leaves that as it was. It needs room for both.`,
    },
  ),
  (flags) => () => runCompact(flags),
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

async function runCompact(flags: { readonly store: string }): Promise<number> {
  const { compact } = await import("../backup/compact.ts");
  const bar = new ProgressBar();
  try {
    const { before, after, chains } = await compact(flags.store, bar.update);
    bar.clear();
    const sizes = `${formatBytes(before)} became ${formatBytes(after)}`;
    await print(`${flags.store}: ${sizes}, ${chains} chains, all verified\n`);
  } finally {
    bar.clear();
  }
  return OK;
}
