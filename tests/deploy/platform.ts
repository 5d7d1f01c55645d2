import { denokvTest, withKvProxy } from "../support/denokv.ts";
import type { KvProxy } from "../support/kv_proxy.ts";
import { writeAll } from "../support/raw_socket.ts";
import { type App, Instance, type InstanceEnd, type Listening } from "./instance.ts";

/** Milliseconds without a sign of life after which an instance is stopped: the least there is. */
export const IDLE_MS = 5_000;

/** A key that the owner of an app lists. */
export const KEY = "a-key-of-the-operator";

/** The headers of whoever shows it. */
export const KEYED: Readonly<Record<string, string>> = { authorization: `Bearer ${KEY}` };

/** How a platform is to be. */
export interface PlatformOptions {
  readonly listening?: Listening;
  /** Variables that the app's owner set: one key where they are left out. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Instances that requests are dealt out to, one after the other. */
  readonly instances?: number;
  /** Whether one without a sign of life for 5 s is stopped. */
  readonly sleeps?: boolean;
}

/**
 * What is between clients and an app: it starts an instance at the first request, leads each
 * connection to one, tells it the client's address, and stops it when it was silent for long.
 */
export class Platform {
  readonly database: KvProxy;
  /** Every instance that there has been. */
  readonly started: Instance[] = [];
  /** How each ended that did. */
  readonly ends: InstanceEnd[] = [];
  readonly #app: App;
  readonly #listener: Deno.TcpListener;
  readonly #running: (Instance | undefined)[];
  readonly #open = new Set<Deno.Conn>();
  /** Those whose requests wait for a first word. */
  readonly #unanswered = new Set<Deno.Conn>();
  readonly #ending = new Set<Promise<unknown>>();
  readonly #sleeps: boolean;
  #next = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(database: KvProxy, folder: string, options: PlatformOptions = {}) {
    const { listening = "unix", variables, instances = 1, sleeps = false } = options;
    this.database = database;
    this.#app = {
      database: database.url,
      listening,
      folder,
      variables: variables ?? { LEDGER_API_KEYS: KEY },
    };
    this.#running = Array.from({ length: instances }, () => undefined);
    this.#sleeps = sleeps;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    void this.#accept();
  }

  /** Where clients ask. */
  get origin(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** A connection to the program itself, with nothing between that would write heads anew. */
  async direct(): Promise<Deno.Conn> {
    return await this.#instance().connect();
  }

  /** An instance, once it listens. */
  async awake(): Promise<Instance> {
    const instance = this.#instance();
    await instance.listening();
    return instance;
  }

  /** The cron job: as a request, which may start an instance. Waits until it is done. */
  async cron(): Promise<void> {
    await (await this.awake()).cron();
  }

  /** Stops what runs, as for want of requests. */
  async sleep(): Promise<InstanceEnd[]> {
    return await this.#endAll((instance) => instance.stop());
  }

  /** Kills what runs. */
  async evict(): Promise<InstanceEnd[]> {
    return await this.#endAll((instance) => instance.kill());
  }

  async close(): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) closed(conn);
    await this.evict();
    await Promise.all(this.#ending);
  }

  async #endAll(end: (instance: Instance) => Promise<InstanceEnd>): Promise<InstanceEnd[]> {
    clearTimeout(this.#idle);
    const running = this.#running.filter((instance) => instance !== undefined);
    this.#running.fill(undefined);
    const ending = Promise.all(running.map(end));
    this.#ending.add(ending);
    const ends = await ending.finally(() => this.#ending.delete(ending));
    this.ends.push(...ends);
    return ends;
  }

  #instance(): Instance {
    const at = this.#next++ % this.#running.length;
    const running = this.#running[at];
    if (running !== undefined) return running;
    const instance = Instance.start(this.#app);
    this.started.push(instance);
    this.#running[at] = instance;
    return instance;
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        this.#open.add(client);
        void this.#lead(client).catch(() => {}).finally(() => this.#open.delete(client));
      }
    } catch {
      // It is closed.
    }
  }

  /** Leads one connection, of which one request is made, to an instance. */
  async #lead(client: Deno.TcpConn): Promise<void> {
    let instance: Deno.Conn | undefined;
    try {
      const head = await this.#head(client);
      if (head === undefined) return;
      this.#unanswered.add(client);
      this.#alive();
      instance = await this.#instance().connect();
      this.#open.add(instance);
      await writeAll(instance, head);
      await Promise.race([
        this.#pass(client, instance, () => {}),
        this.#pass(instance, client, () => {
          this.#unanswered.delete(client);
          this.#alive();
        }),
      ]);
    } finally {
      this.#unanswered.delete(client);
      if (instance !== undefined) this.#open.delete(instance);
      closed(instance);
      closed(client);
    }
  }

  /** The first bytes of a connection, with what the platform adds to the head in them. */
  async #head(client: Deno.TcpConn): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    while (!text.includes("\r\n\r\n")) {
      const count = await client.read(buffer);
      if (count === null) return undefined;
      for (const byte of buffer.subarray(0, count)) text += String.fromCharCode(byte);
    }
    const { hostname, port } = client.remoteAddr;
    const added = `x-deno-client-address: ${hostname}:${port}\r\n` +
      (/^upgrade:/im.test(text) ? "" : "connection: close\r\n");
    const first = text.indexOf("\r\n") + 2;
    const whole = text.slice(0, first) + added +
      text.slice(first).replace(/^connection: keep-alive\r\n/im, "");
    return Uint8Array.from(whole, (char) => char.charCodeAt(0));
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, onPiece: () => void): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) return;
        onPiece();
        await writeAll(to, buffer.slice(0, count));
      }
    } catch {
      // Either side has gone.
    }
  }

  /** Something was asked, or said. */
  #alive(): void {
    if (!this.#sleeps) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#unanswered.size > 0) this.#alive();
      else void this.sleep();
    }, IDLE_MS);
  }
}

function closed(conn: Deno.Conn | undefined): void {
  try {
    conn?.close();
  } catch {
    // It is closed already.
  }
}

/** A test of an app with a database behind a proxy. Nothing is left of it. */
export function platformTest(
  name: string,
  options: PlatformOptions,
  body: (platform: Platform) => Promise<void>,
): void {
  denokvTest(name, (program) => withPlatform(program, options, body));
}

/** Runs `body` with an app whose database is behind a proxy. Nothing is left of it. */
export async function withPlatform(
  program: string,
  options: PlatformOptions,
  body: (platform: Platform) => Promise<void>,
): Promise<void> {
  await withKvProxy(program, async (proxy, folder) => {
    const platform = new Platform(proxy, folder, options);
    try {
      await body(platform);
    } finally {
      await platform.close();
    }
  });
}
