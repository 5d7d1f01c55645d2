import process from "node:process";
import v8 from "node:v8";

/** Bytes that a stalled client holds at the most, measured (see `SOCKET_HIGH_WATER`). */
const STALLED_BYTES = 440_000;

/** Bytes that the program takes without clients, with room for a page of each of its chains. */
const OWN_BYTES = 200 * 1024 * 1024;

/** The part of the memory that clients and the program may have: the rest is the system's. */
const SHARE = 3 / 4;

/** The most places, however much memory there is, and the fewest. */
const MOST = 20_000;
const FEWEST = 100;

/** The engine takes a quarter of the memory of a machine for its heap, up to its own most. */
const HEAP_PART = 4;

/** Where the limit of a container stands: by today's control groups, and by those of before. */
const LIMIT_FILES = [
  "/sys/fs/cgroup/memory.max",
  "/sys/fs/cgroup/memory/memory.limit_in_bytes",
];

/** The places that the setting `--max-connections` asks for. */
export function placesWanted(setting: number | "auto"): number {
  return setting === "auto" ? placesByMemory(memoryThereIs()) : setting;
}

/** So many clients may be connected at once that all of them can stall, with `memory` bytes. */
export function placesByMemory(memory: number): number {
  const places = Math.floor((memory * SHARE - OWN_BYTES) / STALLED_BYTES);
  return Math.max(FEWEST, Math.min(MOST, places));
}

/**
 * Bytes of memory that there are for this process, as far as it may know: what the machine has, and
 * the limit of its container. Neither is told without more permissions than it needs, but its engine
 * has looked, and what that made of it can be asked for by anybody.
 */
export function memoryThereIs(): number {
  const told = [
    v8.getHeapStatistics().heap_size_limit * HEAP_PART,
    known(MACHINE, () => Deno.systemMemoryInfo().total),
    known(MACHINE, () => process.constrainedMemory()),
    ...LIMIT_FILES.map((path) =>
      known({ name: "read", path }, () => Number(Deno.readTextFileSync(path)))
    ),
  ];
  return Math.min(...told);
}

/** What asks the system for its memory. */
const MACHINE: Deno.PermissionDescriptor = { name: "sys", kind: "systemMemoryInfo" };

/**
 * What is told, without end where nothing is: for want of a permission, a file, or a limit. Without
 * the permission nothing is asked: on a terminal the runtime would ask the user for it.
 */
function known(needed: Deno.PermissionDescriptor, ask: () => number): number {
  try {
    if (Deno.permissions.querySync(needed).state !== "granted") return Infinity;
    const bytes = ask();
    return bytes > 0 ? bytes : Infinity;
  } catch {
    return Infinity;
  }
}
