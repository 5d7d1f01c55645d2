import { assert, assertEquals } from "@std/assert";
import { StreamsApi } from "../support/streams_api.ts";
import { KEYED, platformTest } from "./platform.ts";

/** Milliseconds to the database from its region, and from another continent. */
for (const delayMs of [7, 95]) {
  platformTest(`with a database ${delayMs} ms away everything is as ever`, {}, async (platform) => {
    const { database } = platform;
    database.delayMs = delayMs;
    const api = new StreamsApi(platform.origin);
    const append = (body: string) => api.send("POST", "s", { headers: KEYED, body });
    await api.create("s", KEYED);
    assertEquals((await append("1")).status, 204);

    database.breakConnections();
    assertEquals((await append("2")).status, 204);

    database.refuses = ({ kind }) => kind === "write";
    database.refusal = { status: 400, text: "quota exceeded" };
    const refused = await append("3");
    assert(refused.status >= 503, `${refused.status} ${refused.text}`);
    database.refusal = undefined;
    assertEquals((await append("4")).status, 204);

    assertEquals(JSON.parse((await api.get("s", KEYED)).text), [1, 2, 4]);
    assertEquals(await platform.sleep(), [{ code: 0, isKilled: false }]);
    assertEquals(JSON.parse((await api.get("s", KEYED)).text), [1, 2, 4]);
  });
}
