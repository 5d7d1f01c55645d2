/** What Python makes of `list[from:to]`: from the end where negative, and never out of range. */
export function pySlice(length: number, from: number, to: number): [number, number] {
  const place = (index: number) =>
    Math.min(length, Math.max(0, index < 0 ? index + length : index));
  return [place(from), place(to)];
}
