import { until } from "./until.ts";

/** A wake as a webhook is told of it. */
export interface Notification {
  readonly subscription_id: string;
  readonly wake_id: string;
  readonly generation: number;
  readonly streams: readonly {
    readonly path: string;
    readonly acked_offset: string;
    readonly tail_offset: string;
    readonly has_pending: boolean;
  }[];
  readonly callback_url: string;
  readonly callback_token: string;
}

/** A webhook on the loopback that keeps what it is sent and answers as a test says. */
export class WebhookReceiver {
  readonly heard: Notification[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** `answer` is given the notification and how many came before it. */
  constructor(answer: (told: Notification, before: number) => Response | Promise<Response>) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const told: Notification = await request.json();
        this.heard.push(told);
        return await answer(told, this.heard.length - 1);
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/hook`;
  }

  /** The notification of that number, once it is there. */
  async told(at: number): Promise<Notification> {
    return await until(`notification ${at}`, () => this.heard[at]);
  }

  /** Ends it, whatever it was about to answer. */
  async close(): Promise<void> {
    await this.#server.shutdown();
  }
}

/** The answer of a webhook that has done everything. */
export function done(): Response {
  return Response.json({ done: true });
}

/** The streams with news in a notification, with the offsets to read them between. */
export function newsIn({ streams }: Notification): { path: string; from: string; to: string }[] {
  return streams.filter(({ has_pending }) => has_pending)
    .map(({ path, acked_offset, tail_offset }) => ({ path, from: acked_offset, to: tail_offset }));
}
