import { assertEquals } from "@std/assert";
import { type Answer, HieraChainApi } from "./hierachain_api.ts";

/** A key as it was answered when it was made. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** `/v1/keys` of a server's main port, as the holder of a key asks it. */
export class KeysApi {
  readonly #api: HieraChainApi;

  constructor(main: string, key?: string) {
    this.#api = new HieraChainApi(
      main,
      key === undefined ? {} : { authorization: `Bearer ${key}` },
    );
  }

  /** Makes a key, which must be granted. Everything about it but its name is the caller's to say. */
  async make(request: Readonly<Record<string, unknown>> = {}): Promise<MadeKey> {
    const { status, body, text } = await this.ask({ name: "a test's", ...request });
    assertEquals(status, 201, text);
    return body;
  }

  ask(request: unknown): Promise<Answer> {
    return this.#api.post("/v1/keys", request);
  }

  list(): Promise<Answer> {
    return this.#api.get("/v1/keys");
  }

  revoke(id: string): Promise<Answer> {
    return this.#api.ask("DELETE", `/v1/keys/${id}`);
  }
}
