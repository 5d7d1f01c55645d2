/** What the service answers to what is asked of the database. */
export interface KvAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * A KV service of HTTP that is one by its first words alone, and then answers whatever a test says:
 * as one does that refuses for a quota, a permission, or a request that it does not take.
 */
export class FakeKvService {
  answer: KvAnswer = { status: 500, text: "" };
  /** How often the database was asked to read or write. */
  asked = 0;
  /** How often it was asked who it is. */
  welcomed = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    Deno.env.set("DENO_KV_ACCESS_TOKEN", "a-token-for-tests-only");
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        await request.arrayBuffer();
        if (new URL(request.url).pathname === "/") return this.#welcome();
        this.asked++;
        return new Response(this.answer.text, { status: this.answer.status });
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async stop(): Promise<void> {
    await this.#server.shutdown();
  }

  #welcome(): Response {
    this.welcomed++;
    return Response.json({
      version: 2,
      databaseId: "11111111-1111-4111-8111-111111111111",
      endpoints: [{ url: `${this.url}/db`, consistency: "strong" }],
      token: "t",
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
  }
}
