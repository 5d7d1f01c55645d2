import { getLogger } from "@logtape/logtape";
import { messageOf } from "../kernel/errors.ts";

const logger = getLogger(["ledgerline", "store"]);

/** SQLite's number for applications, in the file of a store that a process has open, and at rest. */
const MARKS = { open: 0x4c444f50, closed: 0 } as const;

/** Where SQLite has it: https://www.sqlite.org/fileformat.html#application_id. */
const AT = 68;

/** Milliseconds to wait for the runtime's own writes. */
const BUSY_MS = 1_000;

/**
 * What notes in a store's file itself, and not in its `-wal`, that a process has it open, so that a
 * copy of the file alone can be told from a whole one. A note that the file is closed goes with what
 * else is in the `-wal`. A file that cannot be noted in is none the worse for it.
 */
export async function markerOf(path: string): Promise<(mark: keyof typeof MARKS) => void> {
  // Not before it is needed: a store elsewhere does without.
  const { DatabaseSync } = await import("node:sqlite");
  return (mark) => {
    try {
      const database = new DatabaseSync(path);
      try {
        database.exec(`pragma busy_timeout = ${BUSY_MS}; pragma application_id = ${MARKS[mark]}`);
        if (mark === "open") database.exec("pragma wal_checkpoint(passive)");
      } finally {
        database.close();
      }
    } catch (error) {
      logger.debug("{path} is not noted as {mark}: {error}", {
        path,
        mark,
        error: messageOf(error),
      });
    }
  };
}

/**
 * Whether a file says that it is open, and what was beside it then is not there. To be asked before
 * it is opened, by a process that has it locked.
 */
export async function isOpenAlone(path: string): Promise<boolean> {
  const beside = await Deno.stat(`${path}-wal`).then(({ size }) => size, () => 0);
  if (beside > 0) return false;
  const bytes = new Uint8Array(4);
  const file = await Deno.open(path);
  try {
    await file.seek(AT, Deno.SeekMode.Start);
    if (await file.read(bytes) !== bytes.length) return false;
  } finally {
    file.close();
  }
  return new DataView(bytes.buffer).getInt32(0) === MARKS.open;
}
