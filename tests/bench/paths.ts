import { fileURLToPath } from "node:url";

/** The path of a file, given from this folder. */
export function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
