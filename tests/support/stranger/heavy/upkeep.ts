import { get, post } from "../seeds.ts";
import { type Heavy, times } from "./heavy.ts";

/** Appends of 690 kB that make a stream of 100 MB. */
const APPENDS = 150;

const BIG = "/v1/chains/streams%2Fbig";

/** Whole chains of 100 MB. */
export const UPKEEP: readonly Heavy[] = [
  {
    name: "export of 100 MB",
    prepare: () => [
      post("/v1/stream/big", "[1]", "PUT"),
      ...times(
        APPENDS,
        (at) => post("/v1/stream/big", `{"at":${at},"text":"${"x".repeat(690_000)}"}`),
      ),
    ],
    requests: () => [get(`${BIG}/export`)],
  },
  { name: "verify of 100 MB", requests: () => [post(`${BIG}/verify`, "")] },
  { name: "rebuild of 100 MB", requests: () => [post(`${BIG}/rebuild`, "")] },
];
