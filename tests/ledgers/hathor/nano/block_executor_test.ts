import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  ExecutorEnded,
  type ExecutorLimits,
} from "../../../../src/ledgers/hathor/nano/executor_process.ts";
import { pythonTest } from "../../../support/programs.ts";
import {
  BLUEPRINT,
  callTx,
  ContractChain,
  SECOND,
  THIRD,
  withContracts,
} from "../support/contract_chain.ts";

const COUNTER = `
from hathor import (
    Blueprint, Context, NCFail, SignedData, TxOutputScript, export, public, view,
)

@export
class Counter(Blueprint):
    total: int
    seen: dict[int, int]
    texts: dict[int, str]

    @public(allow_deposit=True)
    def initialize(self, ctx: Context) -> None:
        self.total = 0
        self.seen = {}
        self.texts = {}

    @public(allow_deposit=True, allow_withdrawal=True)
    def add(self, ctx: Context, n: int) -> None:
        self.total += n
        self.seen[n] = self.seen.get(n, 0) + 1
        self.log.info('added', n=n, total=self.total)
        self.syscall.emit_event(str(self.total).encode())

    @public
    def fail(self, ctx: Context) -> None:
        self.total = 1000
        raise NCFail('not today')

    @public
    def roll(self, ctx: Context) -> None:
        self.syscall.emit_event(str(self.syscall.rng.randint(1, 10**9)).encode())

    @public
    def loop(self, ctx: Context) -> None:
        while True:
            pass

    @public
    def ask(self, ctx: Context, signed: SignedData[str]) -> None:
        while True:
            signed.checksig(self.syscall.get_contract_id(), TxOutputScript(b'\\x51'))

    @public
    def complain(self, ctx: Context) -> None:
        self.log.info('"' * 400_000)
        raise NCFail('"' * 3_000_000)

    @public
    def tell(self, ctx: Context) -> None:
        self.log.info('"' * 100_000)

    @public
    def fill(self, ctx: Context) -> None:
        parts = []
        while True:
            parts.append('x' * 10_000_000)

    @public
    def write(self, ctx: Context, n: int) -> None:
        for at in range(n):
            self.texts[at] = str(at % 7) * 60_000

    @public
    def escape(self, ctx: Context) -> None:
        for c in ().__class__.__base__.__subclasses__():
            if c.__name__ == 'catch_warnings':
                c()._module.__builtins__['open']('/etc/passwd')
`;

const creation = callTx({ contract: BLUEPRINT, method: "initialize", sequence: 0 });
const CONTRACT = creation.tx.hash;

function call(method: string, sequence: number, ...args: number[]) {
  const given = args.length === 0 ? {} : { arguments: args };
  return callTx({ contract: CONTRACT, method, sequence, ...given });
}

/** `add(n)`, of a number that takes one byte. */
const add = (sequence: number, n: number) => call("add", sequence, 1, n);

function eventsOf(calls: readonly { readonly state: string }[]): string[] {
  return calls.flatMap((each) =>
    "events" in each
      ? (each.events as { data: string }[]).map(({ data }) =>
        new TextDecoder().decode(Uint8Array.fromHex(data))
      )
      : []
  );
}

async function withCounter(
  python: string,
  run: (chain: ContractChain, root: string) => Promise<void>,
  limits: Partial<ExecutorLimits> = {},
): Promise<void> {
  await withContracts({ python, text: COUNTER, calls: [creation], limits }, run);
}

pythonTest(
  "calls of a block change the state that the next block begins with",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const second = await chain.execute(root, SECOND, [add(1, 3), add(2, 4)]);
      assertEquals(second.calls.map(({ state }) => state), ["success", "success"]);
      assertEquals(eventsOf(second.calls), ["3", "7"]);
      const third = await chain.execute(second.root, THIRD, [add(3, 5)]);
      assertEquals(eventsOf(third.calls), ["12"]);
      const [done] = third.calls;
      assert(done?.state === "success");
      const called = done.calls.map((each) => [each.method_name, each.contract_id]);
      assertEquals(called, [["add", CONTRACT]]);
      const logs: { message?: string }[] = JSON.parse(done.logs);
      assertEquals(logs.map(({ message }) => message), [undefined, "added", undefined]);
    });
  },
);

pythonTest("a reorganisation goes on from the root of the common block, whatever came after it", [
  "hathorlib",
], async (python) => {
  await withCounter(python, async (chain, root) => {
    const left = await chain.execute(root, SECOND, [add(1, 3)]);
    await chain.execute(left.root, THIRD, [add(2, 3)]);
    const right = await chain.execute(root, THIRD, [add(1, 9)]);
    assertEquals(eventsOf(right.calls), ["9"]);
    assertNotEquals(right.root, left.root);
    assertEquals((await chain.execute(root, SECOND, [add(1, 3)])).root, left.root);
  });
});

pythonTest(
  "another process comes to the same root from the nodes alone",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const here = await chain.execute(root, SECOND, [add(1, 3), call("roll", 2)]);
      const other = new ContractChain(python, COUNTER);
      try {
        for (const [id, node] of chain.nodes) other.nodes.set(id, node);
        const there = await other.execute(root, SECOND, [add(1, 3), call("roll", 2)]);
        assertEquals([there.root, eventsOf(there.calls)], [here.root, eventsOf(here.calls)]);
        assert(other.asked.some(({ ask }) => ask === "node"));
      } finally {
        await other.close();
      }
    });
  },
);

pythonTest(
  "a block that is executed again has all its nodes again",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const idsOf = ({ nodes }: { nodes: readonly { id: string }[] }) => nodes.map(({ id }) => id);
      const calls = [add(1, 3), add(2, 4), add(3, 5)];
      const once = await chain.execute(root, SECOND, calls);
      assertEquals(idsOf(await chain.execute(root, SECOND, calls)), idsOf(once));
      // What came and went between the calls is not of the state.
      const last = new Set(idsOf(once));
      const alone = await chain.execute(root, SECOND, [add(1, 3)]);
      assert(idsOf(alone).includes(alone.root) && !last.has(alone.root));
    });
  },
);

pythonTest("what the block is called decides what chance gives", ["hathorlib"], async (python) => {
  await withCounter(python, async (chain, root) => {
    const second = await chain.execute(root, SECOND, [call("roll", 1)]);
    const third = await chain.execute(root, THIRD, [call("roll", 1)]);
    assertNotEquals(eventsOf(second.calls), eventsOf(third.calls));
  });
});

pythonTest(
  "a call that fails changes nothing but its caller's number",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const failed = await chain.execute(root, SECOND, [call("fail", 1), call("nothing", 2)]);
      assertEquals(
        failed.calls.map((each) => "error" in each ? [each.error.type, each.error.message] : []),
        [["NCFail", "not today"], [
          "NCMethodNotFound",
          "method `nothing` not found and no fallback is provided",
        ]],
      );
      const next = await chain.execute(failed.root, THIRD, [add(2, 1), add(3, 1), add(14, 1)]);
      const messages = next.calls.map((each) => "error" in each ? each.error.message : each.state);
      assertEquals(messages, ["invalid seqnum (diff=0)", "success", "invalid seqnum (diff=11)"]);
      assertEquals(eventsOf(next.calls), ["1"]);
    });
  },
);

pythonTest("a contract gives no more than it has", ["hathorlib"], async (python) => {
  await withCounter(python, async (chain, root) => {
    const money = (sequence: number, type: number, amount: bigint) =>
      callTx({
        contract: CONTRACT,
        method: "add",
        sequence,
        arguments: [1, 1],
        actions: [{ type, tokenIndex: 0, amount }],
      });
    const { calls } = await chain.execute(root, SECOND, [
      money(1, 1, 10n),
      money(2, 2, 11n),
      money(3, 2, 10n),
    ]);
    assertEquals(
      calls.map((each) => "error" in each ? each.error.type : each.state),
      ["success", "NCInsufficientFunds", "success"],
    );
  });
});

pythonTest("a call whose transaction is void by its turn is passed over, and counts its number", [
  "hathorlib",
], async (python) => {
  await withCounter(python, async (chain, root) => {
    const passed = add(1, 3);
    chain.voided.add(passed.tx.hash);
    const { calls } = await chain.execute(root, SECOND, [passed, add(2, 4), add(1, 5)]);
    assertEquals(
      new Map(calls.map(({ hash, state }) => [hash, state])),
      new Map([[passed.tx.hash, "skipped"], [add(2, 4).tx.hash, "success"], [
        add(1, 5).tx.hash,
        "failure",
      ]]),
    );
  });
});

pythonTest(
  "a call that the chain finds wanting after all is undone",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      chain.whyUnbalanced = "a deficit";
      const second = await chain.execute(root, SECOND, [add(1, 3)]);
      assertEquals(
        second.calls.map((each) => "error" in each ? each.error.message : each.state),
        ["a deficit"],
      );
      chain.whyUnbalanced = undefined;
      assertEquals(eventsOf((await chain.execute(second.root, THIRD, [add(2, 2)])).calls), ["2"]);
    });
  },
);

pythonTest(
  "a call without an end fails, and those around it do not",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const { calls, root: next } = await chain.execute(root, SECOND, [
        add(1, 3),
        call("loop", 2),
        add(3, 4),
      ]);
      assertEquals(
        calls.map((each) => "error" in each ? each.error.type : each.state),
        ["success", "ExecutorEnded", "success"],
      );
      assertEquals(eventsOf(calls), ["3", "7"]);
      assertEquals(eventsOf((await chain.execute(next, THIRD, [add(4, 1)])).calls), ["8"]);
    }, { cpuMs: 1_000 });
  },
);

pythonTest(
  "a call that takes all the memory fails, and those around it do not",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const { calls } = await chain.execute(root, SECOND, [
        add(1, 3),
        call("fill", 2),
        add(3, 4),
      ]);
      assertEquals(
        calls.map((each) => "error" in each ? each.error.type : each.state),
        ["success", "ExecutorEnded", "success"],
      );
    }, { memoryBytes: 512 * 1024 ** 2 });
  },
);

pythonTest("a call that writes more than is kept fails, and those around it do not", [
  "hathorlib",
], async (python) => {
  await withCounter(python, async (chain, root) => {
    const calls = [add(1, 3), call("write", 2, 1, 60), add(3, 4)];
    const block = await chain.execute(root, SECOND, calls);
    assertEquals(block.calls.map(({ state }) => state), ["success", "failure", "success"]);
    assertEquals(eventsOf(block.calls), ["3", "7"]);
  });
});

pythonTest("a call that asks without an end fails, and those around it do not", [
  "hathorlib",
], async (python) => {
  await withCounter(python, async (chain, root) => {
    const ask = call("ask", 2, 1, 1, 0x61, 1, 0xaa);
    const { calls } = await chain.execute(root, SECOND, [add(1, 3), ask, add(3, 4)]);
    assertEquals(
      calls.map((each) => "error" in each ? each.error.type : each.state),
      ["success", "ExecutorEnded", "success"],
    );
  }, { requestMs: 3_000 });
});

pythonTest("of why a call fails no more is kept than an event has room for", [
  "hathorlib",
], async (python) => {
  await withCounter(python, async (chain, root) => {
    const { calls } = await chain.execute(root, SECOND, [call("complain", 1), add(2, 4)]);
    const [failed, done] = calls;
    assert(failed?.state === "failure" && done?.state === "success");
    assertEquals(failed.logs, "[]");
    assert(JSON.stringify(failed).length < 100_000);
  });
});

pythonTest("the calls of a block together tell and write no more than its commit has room for", [
  "hathorlib",
], async (python) => {
  await withCounter(python, async (chain, root) => {
    const statesOf = async (method: string, ...args: number[]) => {
      const calls = Array.from({ length: 9 }, (_, at) => call(method, at + 1, ...args));
      const block = await chain.execute(root, SECOND, calls);
      return block.calls.map(({ state }) => state);
    };
    // Each has 200,000 characters in JSON of Python, and twice as many in that of the event.
    assertEquals(
      await statesOf("tell"),
      Array.from({ length: 9 }, (_, at) => at < 4 ? "success" : "failure"),
    );
    // The same fields are written anew by each: about 420,000 bytes.
    const written = await statesOf("write", 1, 7);
    assertEquals(written.filter((state) => state === "success").length, 7);
  });
});

pythonTest(
  "a call that breaks out of its language opens no file",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const { calls } = await chain.execute(root, SECOND, [call("escape", 1), add(2, 4)]);
      assertEquals(
        calls.map((each) => "error" in each ? each.error.type : each.state),
        ["ExecutorEnded", "success"],
      );
    });
  },
);

pythonTest(
  "calls that wait for each other fail, and the rest does not",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      const later = add(2, 4);
      // It spends of the one that has to wait for it, as the higher number of the same caller.
      const earlier = callTx({
        contract: CONTRACT,
        method: "add",
        sequence: 1,
        arguments: [1, 3],
        spends: [later.tx.hash],
      });
      const other = callTx({
        contract: CONTRACT,
        method: "add",
        sequence: 0,
        arguments: [1, 5],
        caller: 2,
      });
      const { calls } = await chain.execute(root, SECOND, [earlier, later, other]);
      const cyclic = "cyclic failure detected";
      assertEquals(
        calls.map((each) => [each.hash, "error" in each ? each.error.message : each.state]),
        [[earlier.tx.hash, cyclic], [later.tx.hash, cyclic], [other.tx.hash, "success"]],
      );
    });
  },
);

/** Places in which hathor-core's own sorter puts the calls of the next test. */
const ORIGINAL_ORDER = [6, 0, 9, 1, 3, 4, 8, 7, 11, 2, 10, 5];

pythonTest("the order of a block's calls is the original's", ["hathorlib"], async (python) => {
  await withCounter(python, async (chain, root) => {
    const calls: ReturnType<typeof callTx>[] = [];
    for (let n = 0; n < 12; n++) {
      const spends = n % 4 === 3 ? [calls[n - 3]?.tx.hash ?? ""] : [];
      calls.push(callTx({
        contract: CONTRACT,
        method: "add",
        sequence: n % 3,
        arguments: [1, n],
        caller: 10 + n % 5,
        spends,
      }));
    }
    const { calls: done } = await chain.execute(root, SECOND, calls);
    const order = done.map(({ hash }) => calls.findIndex(({ tx }) => tx.hash === hash));
    assertEquals(order, ORIGINAL_ORDER);
  });
});

pythonTest(
  "a node that is not there ends the execution, and no contract is blamed",
  ["hathorlib"],
  async (python) => {
    await withCounter(python, async (chain, root) => {
      chain.nodes.clear();
      const other = new ContractChain(python, COUNTER);
      try {
        await assertRejects(
          () => other.execute(root, SECOND, [add(1, 3)]),
          ExecutorEnded,
          `there is no node ${root}`,
        );
      } finally {
        await other.close();
      }
    });
  },
);

Deno.test("a Python that is none, or is not there, is told as such", async () => {
  const cases = [["/bin/false", "(code 1)"], [
    "/nowhere/python3",
    "/nowhere/python3 cannot be run",
  ]];
  for (const [python = "", said = ""] of cases) {
    const chain = new ContractChain(python, COUNTER);
    try {
      await assertRejects(() => chain.emptyRoot(), ExecutorEnded, said);
    } finally {
      await chain.close();
    }
  }
});

Deno.test("a process that says what makes no sense is ended", async () => {
  const program = await Deno.makeTempFile();
  // The first four letters are no length that could be.
  await Deno.writeTextFile(program, "#!/bin/sh\nprintf nonsense\nexec cat > /dev/null\n");
  await Deno.chmod(program, 0o700);
  const chain = new ContractChain(program, COUNTER);
  try {
    await assertRejects(() => chain.emptyRoot(), ExecutorEnded, "makes no sense");
  } finally {
    await chain.close();
    await Deno.remove(program);
  }
});
