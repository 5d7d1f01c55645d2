/** A request that a screen makes, to be made elsewhere. */
export interface Request {
  /** Without a slash before it. */
  readonly path: string;
  readonly method?: string;
  readonly body?: unknown;
  /** Whether it is a stream that is followed, over a WebSocket. */
  readonly isStream?: boolean;
}

/** Languages that a request is told in. */
export const LANGUAGES = ["curl", "JavaScript", "Python"] as const;

export type Language = typeof LANGUAGES[number];

/** A request to `server`, whose address ends with a slash, in a language. */
export function snippet(
  language: Language,
  request: Request,
  { server, hasKey }: { readonly server: string; readonly hasKey: boolean },
): string {
  const url = `${server}${request.path}`;
  switch (language) {
    case "curl":
      return curl(request, url, hasKey);
    case "JavaScript":
      return request.isStream ? javascriptStream(url, hasKey) : javascript(request, url, hasKey);
    case "Python":
      return request.isStream ? pythonStream(url, hasKey) : python(request, url, hasKey);
  }
}

function curl({ method = "GET", body, isStream }: Request, url: string, hasKey: boolean): string {
  const address = isStream ? `${url}${url.includes("?") ? "&" : "?"}live=sse` : url;
  return [
    `curl ${isStream ? "-N " : ""}${method === "GET" ? "" : `-X ${method} `}${quoted(address)}`,
    ...hasKey ? [`  -H "Authorization: Bearer $LEDGER_KEY"`] : [],
    ...body === undefined ? [] : [
      `  -H 'content-type: application/json'`,
      `  -d ${quoted(JSON.stringify(body))}`,
    ],
  ].join(" \\\n");
}

/** A text as a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w:/.@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function javascript({ method = "GET", body }: Request, url: string, hasKey: boolean): string {
  const headers = [
    ...hasKey ? ["    authorization: `Bearer ${key}`,"] : [],
    ...body === undefined ? [] : [`    "content-type": "application/json",`],
  ];
  const options = [
    ...method === "GET" ? [] : [`  method: ${JSON.stringify(method)},`],
    ...headers.length === 0 ? [] : ["  headers: {", ...headers, "  },"],
    ...body === undefined ? [] : [`  body: JSON.stringify(${JSON.stringify(body)}),`],
  ];
  const end = options.length === 0 ? ")" : ["", ", {", ...options, "})"].slice(1).join("\n");
  return `const response = await fetch(${JSON.stringify(url)}${end};\n` +
    `console.log(await response.text());`;
}

function javascriptStream(url: string, hasKey: boolean): string {
  return [
    `import { StreamClient } from "@ledgerline/client";`,
    "",
    `const stream = new StreamClient(${JSON.stringify(url)}${hasKey ? ", { key }" : ""});`,
    `for await (const { offset, data } of stream.follow()) console.log(offset, data);`,
  ].join("\n");
}

function python({ method = "GET", body }: Request, url: string, hasKey: boolean): string {
  const parts = [
    JSON.stringify(url),
    ...body === undefined ? [] : [`data=${JSON.stringify(JSON.stringify(body))}.encode()`],
    ...method === "GET" ? [] : [`method=${JSON.stringify(method)}`],
  ];
  const headers = [
    ...hasKey ? [`"Authorization": f"Bearer {key}"`] : [],
    ...body === undefined ? [] : [`"Content-Type": "application/json"`],
  ];
  if (headers.length > 0) parts.push(`headers={${headers.join(", ")}}`);
  return [
    "from urllib.request import Request, urlopen",
    "",
    `with urlopen(Request(${parts.join(", ")})) as response:`,
    "    print(response.read().decode())",
  ].join("\n");
}

function pythonStream(url: string, hasKey: boolean): string {
  const socket = url.replace(/^http/, "ws");
  return [
    "from websockets.sync.client import connect  # pip install websockets",
    "",
    `with connect(${JSON.stringify(socket)}${
      hasKey ? `, additional_headers={"Authorization": f"Bearer {key}"}` : ""
    }) as socket:`,
    "    for message in socket:",
    "        print(message)",
  ].join("\n");
}
