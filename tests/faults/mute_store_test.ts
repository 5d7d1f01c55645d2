import { assert, assertEquals } from "@std/assert";
import { amount, figure } from "../support/amounts.ts";
import { DENOKV_TOKEN, denokvTest, withDenokv } from "../support/denokv.ts";
import { MuteProxy } from "../support/mute_proxy.ts";
import { untilReady } from "../support/ready.ts";
import { withProcess } from "../support/server.ts";
import { dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";

/** How often the connection dies: a few times by default, twenty in the soak. */
const ROUNDS = amount("LEDGER_MUTE_ROUNDS", 3);

const WRITERS = 4;

denokvTest(
  `a store connection that dies without a word ${ROUNDS} times under load: service comes back, nothing is lost or twice`,
  async (program) => {
    await withDenokv(program, async (denokv) => {
      const proxy = new MuteProxy(denokv.port);
      try {
        const env = { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN };
        await withProcess([`--store=http://127.0.0.1:${proxy.port}`], async (server) => {
          const main = server.origin("main");
          const streams = new StreamsApi(main);
          await streams.create("s");
          const reader = await streamSocket(main, "s");
          const load = new Load(streams);
          let longest = 0;
          for (let round = 0; round < ROUNDS; round++) {
            await load.grows();
            proxy.mute();
            const muted = performance.now();
            await load.grows();
            longest = Math.max(longest, performance.now() - muted);
            await untilReady(main);
          }
          figure("ms without service at the most", longest);
          const { taken, doubtful } = await load.end();
          await until("the reader has all", () => {
            const heard = new Set(dataOf(reader));
            return taken.every((each) => heard.has(each));
          });
          const heard = dataOf(reader);
          assertEquals(heard.length, new Set(heard).size, "something is there twice");
          const known = new Set([...taken, ...doubtful]);
          assert(heard.every((each) => known.has(String(each))));
          await reader.close();
          const { code } = await server.stop();
          assertEquals(code, 0);
        }, env);
        await assertWhole(denokv.url);
      } finally {
        proxy.close();
      }
    });
  },
);

/** Writers that append one after another, whatever they are answered. */
class Load {
  readonly #taken: string[] = [];
  readonly #doubtful: string[] = [];
  readonly #writers: Promise<void>[];
  #isOver = false;

  constructor(streams: StreamsApi) {
    this.#writers = Array.from({ length: WRITERS }, (_, writer) => this.#write(streams, writer));
  }

  /** Waits until more than what is under way now was taken. */
  async grows(): Promise<void> {
    const before = this.#taken.length;
    await until("appends are taken", () => this.#taken.length > before + 2 * WRITERS);
  }

  async end(): Promise<{ taken: readonly string[]; doubtful: readonly string[] }> {
    this.#isOver = true;
    await Promise.all(this.#writers);
    return { taken: this.#taken, doubtful: this.#doubtful };
  }

  async #write(streams: StreamsApi, writer: number): Promise<void> {
    for (let at = 0; !this.#isOver; at++) {
      const value = `${writer}-${at}`;
      const { status, text } = await streams.send("POST", "s", { body: JSON.stringify(value) });
      if (status === 204) {
        this.#taken.push(value);
        continue;
      }
      assertEquals([status, JSON.parse(text).code], [503, "store_unavailable"]);
      this.#doubtful.push(value);
    }
  }
}
