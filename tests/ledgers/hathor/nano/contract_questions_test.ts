import { assertEquals, assertRejects } from "@std/assert";
import { deflateSync } from "node:zlib";
import { ExecutorEnded } from "../../../../src/ledgers/hathor/nano/executor_process.ts";
import { pythonTest } from "../../../support/programs.ts";
import { within } from "../../../support/until.ts";
import { BLUEPRINT, callTx, ContractChain, withContracts } from "../support/contract_chain.ts";

const SHOP = `
from typing import Optional
from hathor import (
    Address, Blueprint, CallerId, Context, SignedData, TokenUid, Amount, export, public, view,
)

@export
class Shop(Blueprint):
    """Sells."""

    active: bool
    prices: dict[str, int]
    owner: Address

    @public(allow_deposit=True)
    def initialize(self, ctx: Context, price: int) -> None:
        """Opens it."""
        self.active = True
        self.owner = Address(b'\\x01' * 25)
        self.prices = {}
        self.prices['tea'] = price

    @public
    def sell(self, ctx: Context, what: str, to: Optional[Address], by: CallerId) -> list[int]:
        return []

    @view
    def price(self, what: str) -> int:
        return self.prices[what]

    @view
    def wait(self) -> int:
        while True:
            pass

    @view
    def signed(self, data: SignedData[str], parts: tuple[int, str]) -> bool:
        return True
`;

const creation = callTx({
  contract: BLUEPRINT,
  method: "initialize",
  sequence: 0,
  arguments: [1, 7],
  actions: [{ type: 1, tokenIndex: 0, amount: 50n }],
});

async function withShop(
  python: string,
  run: (chain: ContractChain, root: string) => Promise<void>,
  limits: { readonly cpuMs?: number } = {},
): Promise<void> {
  await withContracts({ python, text: SHOP, calls: [creation], limits }, run);
}

const nothing = { fields: [], balances: [], calls: [] };
const about = (root: string) => (
  { root, contract: creation.tx.hash, runtime: 2 as const, ...nothing }
);

pythonTest(
  "what a contract holds and answers is told of any root",
  ["hathorlib"],
  async (python) => {
    await withShop(python, async (chain, root) => {
      const ask = (question: Parameters<typeof chain.questions.state>[0]) =>
        within("the state is told", chain.questions.state(question, chain.answers));
      assertEquals(
        await ask({
          ...about(root),
          fields: ["active", "owner", "closed", "a'x'"],
          balances: ["00", "aa".repeat(32), "zz"],
          calls: ['price("tea")', "price(", "price(1)", "nothing()", "sell()"],
        }),
        {
          blueprint_id: BLUEPRINT,
          blueprint_name: "Shop",
          fields: {
            active: { value: "true" },
            owner: { value: '"QRus492mJL2Cum4E2TSqUmjdCBE5Ke9hi"' },
            closed: { errmsg: "not a blueprint field" },
            "a'x'": { errmsg: "invalid format" },
          },
          balances: {
            "00": { value: "50", can_mint: false, can_melt: false },
            ["aa".repeat(32)]: { value: "0", can_mint: false, can_melt: false },
            zz: { errmsg: "invalid token id" },
          },
          calls: {
            'price("tea")': { value: "7" },
            "price(": { errmsg: "ValueError()" },
            "price(1)": { errmsg: "ValueError('expected str')" },
            "nothing()": { errmsg: "NCMethodNotFound('Shop.nothing')" },
            "sell()": { errmsg: "NCInvalidMethodCall('`sell` is not a view method')" },
          },
        },
      );
      const all = await ask({ ...about(root), balances: ["__all__"] });
      assertEquals(Object.keys(all?.balances ?? {}), ["00"]);
      assertEquals(await ask({ ...about(root), contract: "cc".repeat(32) }), undefined);
      assertEquals(await ask(about(await chain.emptyRoot())), undefined);
    });
  },
);

pythonTest(
  "a question without an end gets none, and the next one is answered",
  ["hathorlib"],
  async (python) => {
    await withShop(python, async (chain, root) => {
      const ask = (calls: readonly string[]) =>
        within(
          "the question ends",
          chain.questions.state({ ...about(root), calls }, chain.answers),
        );
      const asked = ask(["wait()"]);
      const after = ask(['price("tea")']);
      await assertRejects(
        () => asked,
        ExecutorEnded,
        "no answer within 1000 ms of the processor's time",
      );
      assertEquals((await after)?.calls, { 'price("tea")': { value: "7" } });
    }, { cpuMs: 1_000 });
  },
);

pythonTest("arguments of many calls are read by a blueprint that is loaded once", [
  "hathorlib",
], async (python) => {
  await withShop(python, async (chain) => {
    const call = { blueprint: BLUEPRINT, method: "initialize", arguments: "0107" };
    const before = chain.asked.length;
    const read = chain.questions.arguments(
      [call, call, { ...call, method: "none" }],
      chain.answers,
    );
    assertEquals(await within("arguments are read", read), ["[7]", "[7]", null]);
    assertEquals(chain.asked.slice(before).map(({ ask }) => ask), ["blueprint"]);
  });
});

pythonTest(
  "a blueprint is described with its fields and methods",
  ["hathorlib"],
  async (python) => {
    await withShop(python, async (chain) => {
      const describe = (id: string) =>
        within("the blueprint is described", chain.questions.describe(id, chain.answers));
      assertEquals(await describe(BLUEPRINT), {
        name: "Shop",
        attributes: { active: "bool", prices: "dict[str, int]", owner: "Address" },
        public_methods: {
          initialize: method("null", ["price", "int"], "Opens it."),
          sell: {
            ...method("list[int]", ["what", "str"]),
            args: [
              { name: "what", type: "str" },
              { name: "to", type: "Address?" },
              { name: "by", type: "CallerId" },
            ],
          },
        },
        view_methods: {
          price: method("int", ["what", "str"]),
          signed: {
            ...method("bool", ["data", "SignedData[str]"]),
            args: [
              { name: "data", type: "SignedData[str]" },
              { name: "parts", type: "tuple[int, str]" },
            ],
          },
          wait: { args: [], return_type: "int", docstring: null },
        },
        docstring: "Sells.",
      });
      assertEquals(
        await describe("cc".repeat(32)),
        { error: { type: "BlueprintDoesNotExist", message: "cc".repeat(32) } },
      );
    });
  },
);

/** A method of one argument. */
function method(returned: string, [name, type]: [string, string], docstring: string | null = null) {
  return { args: [{ name, type }], return_type: returned, docstring };
}

/** As it is in a vertex. */
function codeOf(text: string): Uint8Array {
  return new Uint8Array([1, ...deflateSync(text)]);
}

/** A blueprint with a method of these lines. */
function withLines(...lines: string[]): string {
  return [
    "from hathor import Blueprint, Context, export, public",
    "@export",
    "class Some(Blueprint):",
    "    @public",
    "    def initialize(self, ctx: Context) -> None:",
    ...lines.map((line) => `        ${line}`),
  ].join("\n");
}

pythonTest(
  "code is a blueprint by the original's rules, or refused in its words",
  ["hathorlib"],
  async (python) => {
    const chain = new ContractChain(python, SHOP);
    const check = (code: Uint8Array) => within("the code is checked", chain.questions.check(code));
    try {
      assertEquals(await check(codeOf(SHOP)), { text: SHOP });
      const syntax: [string, string][] = [
        ["import os", "Import statements are not allowed."],
        ["from os import path", 'Importing from "os" is not allowed.'],
        ["from hathor import Nothing", 'Importing "Nothing" from "hathor" is not allowed.'],
        ["eval('1')", "Usage or reference to eval is not allowed."],
        ["x = 1.5", "Float literals are not allowed."],
        ["x = 1j", "Complex literals are not allowed."],
        ["x = 1 / 2", "Simple / division results in float, use // instead."],
        ["async def x(): pass", "Async functions are not allowed."],
        ["x = self.__class", "script contains dunder text"],
      ];
      for (const [line, said] of syntax) {
        assertEquals(await check(codeOf(withLines(line))), {
          refused: { type: "OCBInvalidScript", message: `forbidden syntax: ${said}` },
        });
      }
      const tried = withLines("try:", "    pass", "except NCFail:", "    pass");
      const texts: [string, string][] = [
        [tried, "forbidden syntax: Try/Except blocks are not allowed."],
        ["def", "Could not correctly parse the script"],
        ["x = 1", "Could not find a main Blueprint definition"],
      ];
      for (const [text, message] of texts) {
        assertEquals(await check(codeOf(text)), { refused: { type: "OCBInvalidScript", message } });
      }
      const codes: [Uint8Array, string, string][] = [
        [new Uint8Array([2, 1]), "malformed", "2 is not a valid CodeKind"],
        [
          codeOf(withLines("match 1:", "    case {1: 2}:", "        pass")),
          "uncaught",
          "AssertionError",
        ],
        [codeOf("#".repeat(240_001)), "malformed", "Decompressed code is too long."],
        [
          new Uint8Array([1, 1, 2, 3]),
          "uncaught",
          "Error -3 while decompressing data: incorrect header check",
        ],
        [
          codeOf(`${withLines("pass")}\nx = 1 // 0`),
          "uncaught",
          "ZeroDivisionError: integer division or modulo by zero",
        ],
      ];
      for (const [code, type, message] of codes) {
        assertEquals(await check(code), { refused: { type, message } });
      }
    } finally {
      await chain.close();
    }
  },
);
