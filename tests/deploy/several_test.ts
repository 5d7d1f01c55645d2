import { assertEquals } from "@std/assert";
import { StreamsApi } from "../support/streams_api.ts";
import { KEYED, type Platform, platformTest } from "./platform.ts";

/** Appends made by each writer. */
const APPENDS = 20;

/** Appends numbers one after the other, each until it is acknowledged. Returns them. */
async function write(platform: Platform, writer: string): Promise<string[]> {
  const api = new StreamsApi(platform.origin);
  const written: string[] = [];
  while (written.length < APPENDS) {
    const value = `${writer}${written.length}`;
    const headers = {
      ...KEYED,
      "producer-id": writer,
      "producer-epoch": "0",
      "producer-seq": `${written.length}`,
    };
    const sent = await api.send("POST", "s", { headers, body: JSON.stringify(value) })
      .catch(() => undefined);
    if (sent?.status === 200 || sent?.status === 204) written.push(value);
  }
  return written;
}

platformTest(
  "what two instances take at once is one order, each value once, though instances are killed",
  { instances: 2 },
  async (platform) => {
    const api = new StreamsApi(platform.origin);
    await api.create("s", KEYED);
    const writing = ["a", "b", "c"].map((writer) => write(platform, writer));
    for (let kills = 0; kills < 2; kills++) {
      await api.get("s", KEYED).catch(() => {});
      await platform.evict();
    }
    const written = await Promise.all(writing);
    const [one, other] = [await api.get("s", KEYED), await api.get("s", KEYED)];
    assertEquals(one.text, other.text);
    const values: string[] = JSON.parse(one.text);
    for (const [at, writer] of ["a", "b", "c"].entries()) {
      assertEquals(values.filter((value) => value.startsWith(writer)), written[at]);
    }
    assertEquals(values.length, 3 * APPENDS);
  },
);
