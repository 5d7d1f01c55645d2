import { assert, assertEquals } from "@std/assert";
import { pythonTest } from "../../../support/programs.ts";
import {
  BLUEPRINT,
  callTx,
  type ContractChain,
  SECOND,
  THIRD,
  withContracts,
} from "../support/contract_chain.ts";

const MAKER = `
from hathor import (
    Blueprint, Context, ContractId, NCFail, SignedData, TxOutputScript, export, public, view,
)

@export
class Maker(Blueprint):
    calls: int

    @public(allow_deposit=True)
    def initialize(self, ctx: Context) -> None:
        self.calls = 0

    @public
    def mint(self, ctx: Context) -> None:
        self.syscall.create_deposit_token(
            token_name='Gold', token_symbol='GLD', amount=500,
        )

    @public
    def count(self, ctx: Context) -> int:
        self.calls += 1
        if self.calls > 1:
            raise NCFail('once is enough')
        return self.calls

    @public
    def ask(self, ctx: Context, other: ContractId) -> None:
        seen = self.syscall.get_contract(other, blueprint_id=None).public().count()
        self.syscall.emit_event(str(seen).encode())

    @public
    def prove(self, ctx: Context, signed: SignedData[str]) -> None:
        is_right = signed.checksig(self.syscall.get_contract_id(), TxOutputScript(b'\\x51'))
        self.syscall.emit_event(b'right' if is_right else b'wrong')
`;

const makers = [1, 2].map((caller) =>
  callTx({
    contract: BLUEPRINT,
    method: "initialize",
    sequence: 0,
    actions: [{ type: 1, tokenIndex: 0, amount: 5n }],
    caller,
  })
);
const [ONE = "", TWO = ""] = makers.map(({ tx }) => tx.hash);

async function withMakers(
  python: string,
  run: (chain: ContractChain, root: string) => Promise<void>,
): Promise<void> {
  await withContracts({ python, text: MAKER, calls: makers }, run);
}

pythonTest(
  "a contract creates a token for a deposit, and it is told",
  ["hathorlib"],
  async (python) => {
    await withMakers(python, async (chain, root) => {
      const mint = callTx({ contract: ONE, method: "mint", sequence: 1 });
      const { calls: [done], root: next } = await chain.execute(root, SECOND, [mint]);
      assert(done?.state === "success");
      const [created] = chain.created;
      assertEquals([created?.name, created?.symbol, created?.version], ["Gold", "GLD", 1]);
      const [updates] = done.calls.map(({ index_updates: told }) => JSON.parse(told));
      assertEquals(
        updates.map((
          { type, token_uid: uid, amount }: Record<string, unknown>,
        ) => [type, uid, amount]),
        [["create_token", created?.uid, 500], ["update_token_balance", "00", -5]],
      );
      const ask = { root: next, contract: ONE, runtime: 2 as const, fields: [], calls: [] };
      const state = await chain.questions.state({ ...ask, balances: ["__all__"] }, chain.answers);
      assertEquals(state?.balances, {
        "00": { value: "0", can_mint: false, can_melt: false },
        [created?.uid ?? ""]: { value: "500", can_mint: true, can_melt: true },
      });
    });
  },
);

pythonTest(
  "a contract calls another, and both stand or fall together",
  ["hathorlib"],
  async (python) => {
    await withMakers(python, async (chain, root) => {
      const ask = (sequence: number) =>
        callTx({
          contract: ONE,
          method: "ask",
          sequence,
          arguments: [1, ...Uint8Array.fromHex(TWO)],
        });
      const second = await chain.execute(root, SECOND, [ask(1)]);
      const [done] = second.calls;
      assert(done?.state === "success");
      assertEquals(done.calls.map((each) => [each.contract_id, each.method_name]), [
        [ONE, "ask"],
        [TWO, "count"],
      ]);
      const { calls: [failed] } = await chain.execute(second.root, THIRD, [ask(2)]);
      assert(failed?.state === "failure");
      assertEquals(failed.error.message, "once is enough");
      assert(failed.error.traceback.includes("NCFail: once is enough"));
    });
  },
);

pythonTest(
  "whether signed data is right is asked of the node",
  ["hathorlib"],
  async (python) => {
    await withMakers(python, async (chain, root) => {
      const prove = (sequence: number, input: number) =>
        callTx({ contract: ONE, method: "prove", sequence, arguments: [1, 1, 0x61, 1, input] });
      const { calls } = await chain.execute(root, SECOND, [prove(1, 0xaa), prove(2, 0xbb)]);
      assertEquals(
        calls.map((each) => each.state === "success" ? each.events.map(({ data }) => data) : each),
        [[hexOf("right")], [hexOf("wrong")]],
      );
      const [asked] = chain.asked.filter(({ ask }) => ask === "checksig");
      // The contract's id is signed with the data.
      assertEquals(asked, { ask: "checksig", data: `${ONE}0161`, input: "aa", script: "51" });
    });
  },
);

function hexOf(text: string): string {
  return new TextEncoder().encode(text).toHex();
}
