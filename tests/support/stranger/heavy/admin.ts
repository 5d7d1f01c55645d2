import { get, post } from "../seeds.ts";
import { type Heavy, KIB, LINE, list, MIB, times } from "./heavy.ts";

export const ADMIN: readonly Heavy[] = [
  {
    name: "keys: a body of 64 KiB of scopes",
    requests: () => [
      post("/v1/keys", `{"name":"n","scopes":${list(60 * KIB, '"read"')}}`),
    ],
  },
  {
    name: "keys: a long id",
    requests: () => [
      post(`/v1/keys/${"a".repeat(LINE)}`, "", "DELETE"),
    ],
  },
  {
    name: "import: a line of 8 MiB",
    requests: () => [
      post("/v1/chains/import", "x".repeat(8 * MIB)),
    ],
  },
  {
    name: "import: a line in chunks of one byte",
    requests: () => [{
      method: "POST",
      path: "/v1/chains/import",
      headers: [["transfer-encoding", "chunked"]],
      body: `${"1\r\nx\r\n".repeat(100_000)}0\r\n\r\n`,
    }],
  },
  {
    name: "chains: a long prefix, and all",
    requests: () => [
      get(`/v1/chains?prefix=${"a".repeat(LINE)}`),
      get("/v1/chains"),
      get("/metrics"),
    ],
  },
  {
    name: "events: 700 types and keys",
    requests: () => [
      get(
        `/v1/chains/streams%2Fheavy/events?${
          times(700, (at) => `type=t${at}&key=k${at}`).join("&")
        }`,
      ),
    ],
  },
];
