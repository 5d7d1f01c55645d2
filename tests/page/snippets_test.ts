import { assertEquals, assertStringIncludes } from "@std/assert";
import { LANGUAGES, type Request, snippet } from "../../src/page/app/data/snippets.ts";
import { withServer } from "../support/in_process.ts";
import { testUnlessMissing } from "../support/missing.ts";
import { succeeds } from "../support/missing.ts";
import { StreamsApi } from "../support/streams_api.ts";

const KEY = "a-key-of-the-settings";

/** Requests as screens make them, each with what its answer has. */
const REQUESTS: readonly (readonly [Request, string])[] = [
  [{ path: "v1/chains?prefix=streams/" }, '"chain":"streams/s"'],
  [{ path: "v1/stream/s?offset=-1" }, "it's"],
  [{ path: "v1/keys", method: "POST", body: { name: 'it\'s "mine"', scopes: ["read"] } }, "lk_"],
  [{ path: "v1/connections/none", method: "DELETE" }, "not_found"],
];

/** Runs what a screen says, and what came of it. */
async function run(language: typeof LANGUAGES[number], text: string): Promise<string> {
  const [command, ...args] = {
    curl: ["sh", "-c", text],
    JavaScript: [Deno.execPath(), "eval", `const key = "${KEY}";\n${text}`],
    Python: ["python3", "-c", `key = "${KEY}"\n${text}`],
  }[language];
  const { stdout, stderr } = await new Deno.Command(command ?? "", {
    args,
    env: { LEDGER_KEY: KEY, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

const missing = ["curl", "python3"].filter((command) => !succeeds(command, ["--version"]));

testUnlessMissing(
  "what a screen says of a program gets what the screen shows",
  missing.length === 0 ? undefined : `no ${missing.join(" and no ")}`,
  async () => {
    await withServer(async ({ main }) => {
      const headers = { authorization: `Bearer ${KEY}` };
      const streams = new StreamsApi(main);
      await streams.create("s", headers);
      await streams.send("POST", "s", { headers, body: JSON.stringify(["it's"]) });
      for (const language of LANGUAGES) {
        for (const [request, wanted] of REQUESTS) {
          const text = snippet(language, request, { server: `${main}/`, hasKey: true });
          // Python's library throws at what is no success.
          const isThrown = language === "Python" && wanted === "not_found";
          assertStringIncludes(
            await run(language, text),
            isThrown ? "HTTP Error 404" : wanted,
            text,
          );
        }
      }
    }, { flags: [`--api-keys=${KEY}`] });
  },
);

Deno.test("a stream is followed in each language", () => {
  const told = LANGUAGES.map((language) =>
    snippet(language, { path: "v1/stream/s?offset=-1", isStream: true }, {
      server: "http://localhost:8000/",
      hasKey: false,
    })
  );
  assertEquals(told[0], "curl -N 'http://localhost:8000/v1/stream/s?offset=-1&live=sse'");
  assertStringIncludes(
    told[1] ?? "",
    'new StreamClient("http://localhost:8000/v1/stream/s?offset=-1")',
  );
  assertStringIncludes(told[2] ?? "", 'connect("ws://localhost:8000/v1/stream/s?offset=-1")');
});
