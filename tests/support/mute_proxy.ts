/**
 * A road to a server that can lose all packets of the connections there are, without a word, while
 * new ones go through: what a firewall does that forgets them, or a machine that vanished.
 */
export class MuteProxy {
  readonly port: number;
  readonly #listener: Deno.Listener;
  readonly #target: number;
  readonly #open = new Set<Deno.Conn>();
  /** Counts the times it went mute: what is of an earlier time is not passed on. */
  #time = 0;
  /** Says of each new connection after how many bytes of answers it is cut, wherever that is. */
  cutAfter: (() => number) | undefined;

  /** Leads to a port of the loopback. */
  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    // Only UDP and Unix sockets have other addresses.
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    void this.#accept();
  }

  /** From now on the connections there are lead nowhere. */
  mute(): void {
    this.#time++;
  }

  /** Cuts the connections there are. */
  cut(): void {
    for (const conn of this.#open) conn.close();
    this.#open.clear();
  }

  close(): void {
    this.#listener.close();
    this.cut();
  }

  async #accept(): Promise<void> {
    try {
      for await (const near of this.#listener) {
        const options = { hostname: "127.0.0.1", port: this.#target };
        const far = await Deno.connect(options).catch(() => undefined);
        if (far === undefined) {
          // The server is not there, and may come back.
          near.close();
          continue;
        }
        this.#open.add(near).add(far);
        const time = this.#time;
        void this.#pass(near, far, time, Infinity);
        void this.#pass(far, near, time, this.cutAfter?.() ?? Infinity);
      }
    } catch {
      // The proxy is closed.
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, time: number, most: number): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let left = most; left > 0;) {
        const read = await from.read(buffer);
        if (read === null) break;
        if (time !== this.#time) continue;
        const count = Math.min(read, left);
        left -= count;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } catch {
      // Either side has gone.
    }
    if (time !== this.#time) return;
    for (const conn of [from, to]) if (this.#open.delete(conn)) conn.close();
  }
}
