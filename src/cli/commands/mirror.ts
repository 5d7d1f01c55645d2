import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { argument, command } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { configurationOptions } from "./config.ts";
import { runServe } from "./serve.ts";

/** `mirror`: a server whose chains are copies of another's. */
export const mirrorCommand = map(
  command(
    "mirror",
    merge(
      object({
        url: argument(string({ metavar: "URL" }), {
          description: message`Origin of the server to copy, such as http://other:8000`,
        }),
      }),
      configurationOptions,
    ),
    {
      brief: message`Start a server that copies another's chains, live`,
      usageLine: [{ type: "ellipsis" }],
      footer:
        message`The same as serve with --follow. A key for the other server is in LEDGER_FOLLOW_KEY.`,
    },
  ),
  ({ url, config, flags }) => () => runServe({ config, flags: { ...flags, follow: url } }),
);
