import { assertEquals } from "@std/assert";

/** What is done with the clock of a server in developer mode: its waits are the machine's all the same. */
export interface ClockChange {
  readonly advanceMs?: number;
  readonly isFrozen?: boolean;
}

/** Stops the clock of a server in developer mode, lets it go on, or puts it forward. */
export async function changeClock(
  main: string,
  change: ClockChange,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const response = await fetch(`${main}/v1/dev/clock`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(change),
  });
  const text = await response.text();
  assertEquals(response.status, 200, text);
}
