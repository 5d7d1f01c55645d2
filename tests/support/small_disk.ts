import { testUnlessMissing } from "./missing.ts";

/** A test with a disk of `kibibytes` in memory, which Linux gives to root alone. */
export function smallDiskTest(
  name: string,
  kibibytes: number,
  body: (disk: SmallDisk) => Promise<void>,
): void {
  testUnlessMissing(name, hindrance, async () => {
    const disk = await SmallDisk.mount(kibibytes);
    try {
      await body(disk);
    } finally {
      await disk.unmount();
    }
  });
}

/** A disk that is as small as a test wants it. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async mount(kibibytes: number): Promise<SmallDisk> {
    const folder = await Deno.makeTempDir({ prefix: "ledgerline-disk-" });
    const failure = await run("mount", "-t", "tmpfs", "-o", `size=${kibibytes}k`, "tmpfs", folder);
    if (failure === undefined) return new SmallDisk(folder);
    await Deno.remove(folder);
    throw new Error(failure);
  }

  /** Makes it as large as that. */
  async resize(kibibytes: number): Promise<void> {
    const failure = await run("mount", "-o", `remount,size=${kibibytes}k`, this.folder);
    if (failure !== undefined) throw new Error(failure);
  }

  /** Removes it, whatever has files open there. */
  async unmount(): Promise<void> {
    await run("umount", "--lazy", this.folder);
    await Deno.remove(this.folder);
  }
}

async function findHindrance(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "only root on Linux makes small disks";
  try {
    await (await SmallDisk.mount(64)).unmount();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs a command; returns what it said when it failed. */
async function run(command: string, ...args: string[]): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null" }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim();
}

/** What keeps this machine from having a small disk of its own; undefined where nothing does. */
const hindrance = await findHindrance();
