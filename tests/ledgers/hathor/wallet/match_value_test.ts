import { assertEquals } from "@std/assert";
import { withHathor } from "../support/hathor_api.ts";

const NO_MORE = "Contracts that match values can no longer be made or executed";

Deno.test("contracts of before nano contracts are asked for as the original asks, and are no more", async () => {
  await withHathor(async (api) => {
    const base = "/v1a/wallet/nano-contract";
    const told = async (method: string, path: string, body?: unknown) => {
      const { status, text } = await api.send(method, `${base}/${path}`, body);
      const { success, message } = JSON.parse(text);
      assertEquals([status, success], [200, false], text);
      return message;
    };
    const contract = {
      values: [],
      fallback_address: null,
      oracle_pubkey_hash: "",
      oracle_data_id: "",
      total_value: 1,
      input_value: 1,
    };
    assertEquals(await told("POST", "match-value", {}), "Missing parameter: values");
    assertEquals(await told("POST", "match-value", []), "Missing parameter: values");
    assertEquals(await told("POST", "match-value"), "Invalid format for post data");
    assertEquals(await told("POST", "match-value", contract), NO_MORE);
    assertEquals(await told("PUT", "match-value", { hex_tx: "" }), "Missing parameter: new_values");
    assertEquals(
      await told("PUT", "match-value", { hex_tx: "", new_values: [], input_value: 1 }),
      NO_MORE,
    );
    assertEquals(await told("GET", "decode"), "Missing parameter: hex_tx");
    assertEquals(await told("GET", "decode?hex_tx=123"), "Invalid transaction");
    assertEquals(await told("GET", "decode?hex_tx=1334"), NO_MORE);
    assertEquals(await told("POST", "execute"), "No post data received");
    assertEquals(await told("POST", "execute", { value: 1 }), "Missing parameter: spent_tx_id");
  });
});
