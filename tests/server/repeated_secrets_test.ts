import { assert, assertEquals } from "@std/assert";
import { ClientSocket } from "../support/client_socket.ts";
import { withServer } from "../support/in_process.ts";
import { rawRequest } from "../support/raw_http.ts";

const WORDS = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const XPRV =
  "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNN" +
  "U3TGtRBeJgk33yuGBxrMPHi";
const PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END PRIVATE KEY-----";

const PATHS = [
  "/hierachain/api/ledger/chains/c/events",
  "/hierachain/api/admin/chains/c/secure-events",
  "/hierachain/api/business/organizations",
  "/hierachain/api/business/contracts",
  "/hierachain/graphql",
  "/bigchaindb/api/v1/transactions?mode=commit",
  "/planetmint/api/v1/transactions?mode=commit",
  "/hathor/v1a/thin_wallet/address_history",
  "/hathor/v1a/wallet/send_tokens",
  "/hathor/v1a/create_tx",
  "/hathor/v1a/push_tx",
  "/hathor/v1a/wallet/nano-contract/match-value",
  "/hathor/tx-mining/submit-job",
  "/v1/keys",
];

/** Bodies that are wrong everywhere, with a secret where something else belongs. */
function bodiesWith(secret: string): unknown[] {
  return [
    secret,
    [secret],
    { private_key: secret },
    { words: secret },
    { id: secret },
    { operation: "CREATE", version: secret, id: "0".repeat(64) },
    { addresses: [secret] },
    { data: { inputs: [], outputs: [{ address: secret, value: 1 }] } },
    { inputs: [], outputs: [{ address: secret, value: 1 }] },
    { entity_id: secret, event_type: 5 },
    { details: { deep: [secret] } },
    { query: secret },
    { tx: secret, hex_tx: secret },
  ];
}

Deno.test("no answer to a body that is wrong repeats a private key or a wallet's words", async () => {
  await withServer(async ({ main }) => {
    for (const secret of [WORDS, XPRV, PEM]) {
      const parts = [secret, JSON.stringify(secret).slice(1, -1)].map((text) => text.slice(0, 40));
      for (const path of PATHS) {
        for (const body of bodiesWith(secret)) {
          const response = await fetch(main + path, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          });
          const text = await response.text();
          assert(response.status < 500 || path.endsWith("create_tx"), `${path} ${text}`);
          assertEquals([path, parts.some((part) => text.includes(part))], [path, false], text);
        }
      }
    }
  }, { flags: ["--hathor-mine=off"] });
});

/** Requests with a secret where something else belongs, at the end of each. */
const QUERIES = [
  "/hathor/v1a/event?size=",
  "/hathor/v1a/block_at_height?height=",
  "/hathor/v1a/feature?block=",
  "/hathor/v1a/get_block_template?capabilities=",
  "/hathor/v1a/get_block_template?address=",
  "/hathor/v1a/transaction?type=tx&count=",
  "/hathor/v1a/thin_wallet/address_history?addresses[]=",
  "/hathor/v1a/validate_address/",
  "/hathor/v1a/p2p/netfilter?chain=",
  "/hathor/tx-mining/job-status?job-id=",
  "/hierachain/api/ledger/chains/main_chain/blocks?limit=",
  "/hierachain/api/ledger/entities/e/trace?resolve_cid=",
  "/hierachain/api/ledger/chains/",
  "/hierachain/api/business/organizations/",
  "/bigchaindb/api/v1/transactions?asset_id=",
  "/bigchaindb/api/v1/assets/?search=a&limit=",
  "/bigchaindb/api/v1/outputs?public_key=",
  "/bigchaindb/api/v1/outputs?",
  "/planetmint/api/v1/transactions?operation=CREATE&asset_ids=",
  "/v1/chains/",
  "/v1/chains/main/",
  "/v1/events?from=",
  "/v1/stream/s?offset=",
  "/v1/stream/",
];

Deno.test("nor does one to a path or a query, be it cut short", async () => {
  await withServer(async ({ main }) => {
    for (const secret of [WORDS, XPRV]) {
      for (const path of QUERIES) {
        const response = await fetch(main + path + encodeURIComponent(secret));
        const text = await response.text();
        assert(response.status < 500 || path.includes("get_block_template"), `${path} ${text}`);
        const parts = [secret.slice(0, 12), secret.slice(-12), encodeURIComponent(secret)];
        assertEquals([path, parts.some((part) => text.includes(part))], [path, false], text);
      }
    }
  }, { flags: ["--hathor-mine=off"] });
});

/** Sockets, with the type of the message that refuses one, and messages with a secret. */
const MESSAGES:
  readonly (readonly [path: string, refusal: string, of: (secret: string) => unknown])[] = [
    ["/hierachain/ws", "error", (type) => ({ type })],
    ["/hierachain/ws", "error", (action) => ({ action })],
    ["/hathor/v1a/event_ws", "VALIDATION_ERROR", (type) => ({ type })],
    ["/hathor/v1a/event_ws", "VALIDATION_ERROR", (ack_event_id) => ({ type: "ACK", ack_event_id })],
    ["/hathor/v1a/ws", "subscribe_address", (address) => ({ type: "subscribe_address", address })],
  ];

Deno.test("nor does a socket that refuses a message, or a handshake", async () => {
  await withServer(async ({ main }) => {
    for (const secret of [WORDS, XPRV]) {
      const isRepeated = (text: string) =>
        [secret.slice(0, 12), secret.slice(-12)].some((part) => text.includes(part));
      for (const [path, refusal, message] of MESSAGES) {
        const socket = await ClientSocket.open(main, path);
        socket.send(message(secret));
        await socket.count(refusal, 1);
        assertEquals([path, socket.texts.some(isRepeated)], [path, false]);
        await socket.close();
      }
      const target = `/bigchaindb/api/v1/streams/valid_transactions?${
        encodeURIComponent(secret)
      }=1`;
      const { status, body } = await rawRequest(main, "GET", target, {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      });
      assertEquals([status, isRepeated(body)], [400, false], body);
    }
  }, { flags: ["--hathor-mine=off"] });
});
