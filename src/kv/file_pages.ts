/**
 * Takes what is beside a SQLite file, in its `-wal`, into the file itself, so that it can be moved
 * alone. Nobody may write it meanwhile.
 */
export async function foldIntoFile(path: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  try {
    database.exec("pragma wal_checkpoint(truncate)");
  } finally {
    database.close();
  }
}
