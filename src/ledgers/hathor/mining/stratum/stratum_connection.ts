import type { Clock } from "../../../../kernel/clock.ts";
import type { Watchable } from "../../../../sockets/following.ts";
import { admit, type Grant } from "../../../../web/access.ts";
import type { Shared } from "../../../../web/shared.ts";
import { LEDGER } from "../../networks/chain_names.ts";
import { minerLines } from "./lines.ts";
import type { MinerLine, StratumMiner } from "./stratum_miner.ts";

/** Lines that a miner may send in a second. */
const LINES_PER_SECOND = 100;
/** Texts that wait for a miner who does not read. */
const MOST_WAITING = 100;
/** How long one of them may take, and how long a stranger may be silent, in milliseconds. */
const STALL_MS = 30_000;

/** What connections share. */
export interface ConnectionContext {
  readonly shared: Shared;
  readonly clock: Clock;
  /** The chain that keys have to cover. */
  readonly chain: string;
}

/** The TCP connection of one miner: lines in, lines out, each within its bounds. */
export class StratumConnection implements MinerLine, Watchable {
  readonly address: string;
  readonly #tcp: Deno.TcpConn;
  readonly #context: ConnectionContext;
  readonly #giveBack: () => void;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #over = Promise.withResolvers<void>();
  #grant: Grant | undefined;
  /** What was sent, and how much of it is not written yet. */
  messages = 0;
  bytes = 0;
  buffered = 0;
  #waiting = 0;
  #isClosing = false;
  #isCut = false;
  #cancelStall: (() => void) | undefined;

  private constructor(
    tcp: Deno.TcpConn,
    context: ConnectionContext,
    giveBack: (connection: StratumConnection) => (() => void) | undefined,
  ) {
    const { hostname, port } = tcp.remoteAddr;
    this.address = `${hostname}:${port}`;
    this.#tcp = tcp;
    this.#context = context;
    this.#writer = tcp.writable.getWriter();
    const taken = giveBack(this);
    if (taken === undefined) this.cut();
    this.#giveBack = taken ?? (() => {});
  }

  /** Takes a place among the server's connections; undefined where there is none. */
  static open(tcp: Deno.TcpConn, context: ConnectionContext): StratumConnection | undefined {
    const connection = new StratumConnection(tcp, context, (made) => {
      const grant = {
        get isOver() {
          return made.#grant?.isOver ?? false;
        },
        get id() {
          return made.#grant?.id ?? "anyone";
        },
      };
      const visitor = { address: tcp.remoteAddr.hostname, grant };
      return context.shared.sockets.hold(LEDGER, visitor, () => made.cut(), {
        kind: "stratum",
        watched: made,
      });
    });
    return connection.#isCut ? undefined : connection;
  }

  /** It reads no chain. */
  followings(): [] {
    return [];
  }

  /** Resolves when it is over. */
  get done(): Promise<void> {
    return this.#over.promise;
  }

  /** Hands a miner what comes, until the end. */
  async begin(miner: StratumMiner): Promise<void> {
    const { clock } = this.#context;
    // Whoever does not subscribe has no business here.
    const cancel = clock.after(STALL_MS, () => {
      if (!miner.isSubscribed) this.cut();
    });
    let second = 0;
    let lines = 0;
    try {
      for await (const line of minerLines(this.#tcp.readable)) {
        const now = Math.floor(clock.now() / 1_000);
        if (now !== second) [second, lines] = [now, 0];
        if (line === undefined || ++lines > LINES_PER_SECOND || this.#isClosing) break;
        await miner.take(line);
      }
    } catch {
      // The connection has failed: it is over.
    } finally {
      cancel();
      if (this.#isClosing) await this.#writer.ready.catch(() => {});
      this.cut();
      this.#giveBack();
      this.#over.resolve();
    }
  }

  admit(key: string | undefined): boolean {
    const { shared, chain } = this.#context;
    const grant = admit(shared.access, key, { scope: "append", chain });
    if (typeof grant === "string") return false;
    this.#grant = grant;
    return true;
  }

  send(text: string): void {
    if (this.#isCut || this.#isClosing) return;
    if (++this.#waiting > MOST_WAITING) return this.cut();
    this.#cancelStall ??= this.#context.clock.after(STALL_MS, () => this.cut());
    const line = new TextEncoder().encode(`${text}\n`);
    this.messages++;
    this.bytes += line.length;
    this.buffered += line.length;
    this.#writer.write(line).then(
      () => this.#written(line.length),
      () => this.cut(),
    );
  }

  close(): void {
    if (this.#isClosing || this.#isCut) return;
    this.#isClosing = true;
    // What was sent goes out first; then the other side hears of the end, and so does the reader.
    this.#writer.close().then(() => this.cut(), () => this.cut());
  }

  /** Ends it at once. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#cancelStall?.();
    try {
      this.#tcp.close();
    } catch {
      // It is closed already.
    }
  }

  #written(bytes: number): void {
    this.buffered -= bytes;
    this.#cancelStall?.();
    this.#cancelStall = undefined;
    this.#waiting--;
    if (this.#waiting === 0 || this.#isCut) return;
    this.#cancelStall = this.#context.clock.after(STALL_MS, () => this.cut());
  }
}
