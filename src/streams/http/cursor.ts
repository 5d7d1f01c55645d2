/** When intervals began to be counted, and how long one is (PROTOCOL.md, section 10.1). */
const EPOCH_MS = Date.UTC(2024, 9, 9);
const INTERVAL_MS = 20_000;

/** Intervals a cursor is put ahead by at the most: an hour. */
const JITTER = 3_600_000 / INTERVAL_MS;

/**
 * The cursor of a live answer: the number of the interval, and always more than what the client
 * sent, so that no cache gives it the same answer twice.
 */
export function cursorOf(now: number, echoed: string | null, random: () => number): string {
  const current = Math.floor((now - EPOCH_MS) / INTERVAL_MS);
  const sent = echoed !== null && /^\d{1,15}$/.test(echoed) ? Number(echoed) : -1;
  return String(sent < current ? current : sent + 1 + Math.floor(random() * JITTER));
}
