/** The paths above one, but for the root. */
export function foldersOf(path: string): string[] {
  const words = path.split("/");
  return words.slice(2).map((_, index) => words.slice(0, index + 2).join("/"));
}

/** The path inside an app. That of the main port has taken a slash already, which is put back. */
export function insidePath(path: string, prefix: string | undefined): string {
  return prefix === undefined ? path : `${path.slice(prefix.length)}/`;
}

/** The path inside an app, without a slash at its end. A second one there makes it another path. */
export function plainPath(path: string, prefix: string | undefined): string {
  const inside = insidePath(path, prefix);
  const isSlashed = inside.length > 1 && inside.endsWith("/") && !inside.endsWith("//");
  return isSlashed ? inside.slice(0, -1) : inside;
}

/** What stands for the parts of a pattern in a path; undefined for a path that it does not match. */
export function patternParts(
  pattern: readonly string[],
  path: readonly string[],
  mayBeEmpty = false,
): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [index, word] of pattern.entries()) {
    const given = path[index] ?? "";
    const isPart = word.startsWith(":")
      ? given !== "" || mayBeEmpty
      : word.startsWith("#") && /^\d+$/.test(given);
    if (isPart) parts[word.slice(1)] = given;
    else if (given !== word) return undefined;
  }
  return parts;
}
