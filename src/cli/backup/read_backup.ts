import type { OnProgress } from "../../server/admin/chain_tools.ts";
import { BackupCheck, type BackupEnd, type BackupPart } from "../../server/admin/backup_lines.ts";
import { linesOfBody } from "../../server/admin/lines.ts";
import { givenFile } from "../terminal/given_file.ts";

/** A line of a backup, and what it is. */
export interface BackupLine {
  readonly line: string;
  readonly part: BackupPart;
}

/** The lines of a backup, each of them checked. Throws `import_invalid` where it is not whole. */
export async function* linesOfBackup(file: string): AsyncGenerator<BackupLine, BackupEnd, void> {
  const check = new BackupCheck();
  for await (const line of linesOfBody(await givenFile(file, "backup"))) {
    if (line !== "") yield { line, part: check.take(line) };
  }
  return check.end();
}

/** Reads a backup to its end. Throws `import_invalid` where it is not whole. */
export async function checkBackup(file: string, progress: OnProgress): Promise<BackupEnd> {
  const lines = linesOfBackup(file);
  for (let next = await lines.next();; next = await lines.next()) {
    if (next.done === true) return next.value;
    const { part } = next.value;
    if (part.kind === "event") progress(part.chain.chain, part.offset + 1, part.chain.next);
  }
}
