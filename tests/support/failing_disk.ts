import { join } from "node:path";
import { succeeds, testUnlessMissing } from "./missing.ts";
import { withFolder } from "./server.ts";

const SOURCE = join(import.meta.dirname ?? ".", "failing_disk.c");

/** What fails on a disk. */
export type Failing = "read" | "write" | "sync";

/**
 * A test with a disk that fails when the test says so; shown as skipped where there is no C compiler
 * or programs cannot be told to load what it makes.
 */
export function failingDiskTest(name: string, body: (disk: FailingDisk) => Promise<void>): void {
  const isThere = Deno.build.os === "linux" && succeeds("cc", ["--version"]);
  testUnlessMissing(name, isThere ? undefined : "no Linux, or no C compiler: cc", async () => {
    await withFolder(async (folder) => {
      await body(await FailingDisk.in(folder));
    });
  });
}

/** A folder whose files named `.db…` cannot be read or written while a test says so. */
export class FailingDisk {
  readonly folder: string;
  /** What a program needs in its environment to see the disk fail. */
  readonly env: Readonly<Record<string, string>>;

  private constructor(folder: string, library: string) {
    this.folder = folder;
    this.env = { LD_PRELOAD: library, FAILING_DISK: folder };
  }

  static async in(folder: string): Promise<FailingDisk> {
    const library = `${folder}/failing.so`;
    const { success, stderr } = await new Deno.Command("cc", {
      args: ["-shared", "-fPIC", "-o", library, SOURCE, "-ldl"],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new FailingDisk(folder, library);
  }

  async fail(what: Failing): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${what}`, "");
  }

  async mend(what: Failing): Promise<void> {
    await Deno.remove(`${this.folder}/${what}`);
  }
}
