import { assertEquals } from "@std/assert";
import { withoutSecrets } from "../../src/kernel/secrets.ts";

const WORDS =
  "avocado spot town typical traffic vault danger century property shallow divorce festival";
const XPRV =
  "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNN";
const WIF = "5KJvsngHeMpm884wtkJNzQGaCErckhHJBGFsvd3VyK5qMZXj3hS";
const PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1h\n-----END PRIVATE KEY-----";

Deno.test("keys and words are left out of what is repeated, and nothing else is", () => {
  for (
    const [text, told] of [
      [`The address ${WORDS} is invalid`, "The … is invalid"],
      [`'${WORDS} spend attack' is not of type 'object'`, "'…' is not of type 'object'"],
      [`Invalid XPub: ${XPRV}.`, "Invalid XPub: xprv…."],
      [`Invalid XPub: TNPR${"9S".repeat(40)}0`, "Invalid XPub: TNPR…0"],
      [`Invalid XPub: htpr${XPRV.slice(4)}.`, "Invalid XPub: htpr…."],
      [`no key: ${WIF}, ${WIF.slice(1)}`, `no key: …, ${WIF.slice(1)}`],
      [`wrong: ${WORDS.toUpperCase()}!`, "wrong: …!"],
      [`wrong: ${WORDS.replaceAll(" ", ",\n  ")}!`, "wrong: …!"],
      [JSON.stringify({ a: PEM }), '{"a":"-----BEGIN PRIVATE KEY-----…-----END PRIVATE KEY-----"}'],
      ["x -----BEGIN EC PRIVATE KEY-----\nMC4C", "x -----BEGIN EC PRIVATE KEY-----…"],
      ['{"private_key":"a\\"b","n":1,"words":"x"}', '{"private_key":"…","n":1,"words":"…"}'],
      ["{'secret': 'a', 'b': 'c'}", "{'secret': '…', 'b': 'c'}"],
      ['{"password":"never ended', '{"password":"…'],
      ["The transaction's id 'x' isn't equal to the hash of its body, i.e. it's not valid."],
      ["xprv1 and the xpub6F that is as long as it likes 0123456789012345678901234567890123456789"],
      ['{"words":5,"private_keys":["x"],"details":{"key":"value"}}'],
      [""],
    ]
  ) assertEquals(withoutSecrets(text ?? ""), told ?? text);
});

Deno.test("a long text takes a time that grows as it does", () => {
  const long = "prv".repeat(100_000) + "abc ".repeat(100_000) + '"words":"'.repeat(10_000);
  withoutSecrets(long + "aaa, ".repeat(100_000) + "5".repeat(300_000) + " ".repeat(300_000));
});
