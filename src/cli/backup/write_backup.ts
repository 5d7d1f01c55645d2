import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import type { OnProgress } from "../../server/admin/chain_tools.ts";
import { BackupCheck, type BackupEnd } from "../../server/admin/backup_lines.ts";
import { newFile } from "../terminal/new_file.ts";
import { checkBackup } from "./read_backup.ts";

/** Of a file that is not whole yet. */
const PART = ".part";

/** A backup that is whole. */
export interface Written {
  readonly file: string;
  readonly end: BackupEnd;
}

/**
 * Writes a backup to a file, or into a folder, under its name once it is on the disk, whole and read
 * again. Where it fails nothing is left. Throws `import_invalid` where it is not whole.
 */
export async function backupTo(
  path: string,
  texts: AsyncIterable<string>,
  progress: OnProgress,
): Promise<Written> {
  const file = await fileOf(path);
  const part = `${file}${PART}`;
  // It has private keys: its owner alone may read it.
  const output = await newFile(part, "remove it where nobody writes it any more", 0o600);
  try {
    try {
      await write(output, texts, progress);
      await output.syncData();
    } finally {
      output.close();
    }
    const end = await checkBackup(part, progress);
    await Deno.rename(part, file);
    return { file, end };
  } catch (error) {
    await Deno.remove(part);
    throw error;
  }
}

async function write(
  output: Deno.FsFile,
  texts: AsyncIterable<string>,
  progress: OnProgress,
): Promise<void> {
  const check = new BackupCheck();
  const encoder = new TextEncoder();
  for await (const text of texts) {
    for (const line of text.split("\n").slice(0, -1)) {
      const part = check.take(line);
      if (part.kind === "event") progress(part.chain.chain, part.offset + 1, part.chain.next);
    }
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await output.write(bytes.subarray(at));
  }
  check.end();
}

/** The file of that name, or one in the folder of that name. */
async function fileOf(path: string): Promise<string> {
  const found = await Deno.stat(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (found === undefined) return path;
  if (!found.isDirectory) throw new Error(`${path} is there already: name another file`);
  const time = new Date(systemClock.now()).toISOString().replaceAll(":", "-");
  return join(path, `ledgerline-${time}.backup`);
}
