/**
 * The least part of a list that still fails: halves are left out, then quarters, down to single
 * items, as long as `fails` says so of the rest. An item that matters to nothing is left out.
 */
export async function shrunk<T>(
  list: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let least = list;
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let at = 0; at < least.length;) {
      const rest = [...least.slice(0, at), ...least.slice(at + size)];
      if (rest.length < least.length && await fails(rest)) least = rest;
      else at += size;
    }
  }
  return least;
}
