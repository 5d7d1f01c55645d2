/** Calls that break out of their language, and engines that somebody ends. */
import { assert, assertEquals, assertStringIncludes, fail } from "@std/assert";
import { pythonTest } from "../../../support/programs.ts";
import { until } from "../../../support/until.ts";
import { BLUEPRINT, callTx, SECOND, THIRD, withContracts } from "../support/contract_chain.ts";
import { enginesOf } from "../support/engines.ts";

/** What breaks out may try, as Python says it; `found` has all that is built in. */
const TRIES: Readonly<Record<string, string>> = {
  "reads a file": "found['open']('/etc/passwd')",
  "writes a file": "found['open']('written', 'w')",
  "writes into itself": "of('os').open('/proc/self/mem', 2)",
  "lists a folder": "of('os').listdir('/')",
  "opens a socket": "of('socket').socket()",
  "opens a socket beneath Python": "of('_socket').socket()",
  "looks for a host": "of('_socket').getaddrinfo('localhost', 80)",
  "begins a process": "of('subprocess').Popen(['true'])",
  "becomes another program": "of('os').execv('/bin/true', ['true'])",
  "imports what begins processes anew":
    "of('sys').modules.pop('_posixsubprocess') and of('_posixsubprocess')",
  "forks without end": "[of('os').fork() for _ in range(1_000)]",
  "begins threads without end": "[thread() for _ in range(1_000)]",
  "signals the server": "of('os').kill(of('os').getppid(), 0)",
  "signals its own group": "of('os').killpg(0, 0)",
  "has no limits": "of('resource').setrlimit(of('resource').RLIMIT_NOFILE, (9, 9))",
  "calls what is no Python": "of('ctypes').CDLL(None)",
  "ends the process": "of('os')._exit(0)",
};

const BREAKER = `
from hathor import Blueprint, Context, export, public

@export
class Breaker(Blueprint):
    total: int

    @public
    def initialize(self, ctx: Context) -> None:
        self.total = 0

    @public
    def add(self, ctx: Context, n: int) -> None:
        self.total += n

    @public
    def work(self, ctx: Context, n: int) -> None:
        for at in range(n * 200_000):
            self.total = at % 7

    @public
    def seek(self, ctx: Context, what: int) -> None:
        found = None
        for c in ().__class__.__base__.__subclasses__():
            if c.__name__ == 'catch_warnings':
                found = c()._module.__builtins__
        of = lambda name: found['__import__'](name)
        named = lambda f: f.__class__.__name__ == 'builtin_function_or_method' and f.__name__ == 'fork_exec'
        seen = [
            lambda: sum(1 for f in of('gc').get_objects() if named(f)),
            lambda: of('os').getuid(),
        ]
        self.syscall.emit_event(str(seen[what]()).encode())

    @public
    def attempt(self, ctx: Context, way: int) -> None:
        found = None
        for c in ().__class__.__base__.__subclasses__():
            if c.__name__ == 'catch_warnings':
                found = c()._module.__builtins__
        of = lambda name: found['__import__'](name)
        thread = lambda: of('_thread').start_new_thread(lambda: [None for _ in iter(int, 1)], ())
        ways = [
${Object.values(TRIES).map((way) => `            lambda: ${way},`).join("\n")}
        ]
        ways[way]()
        self.total = 1_000
`;

const creation = callTx({ contract: BLUEPRINT, method: "initialize", sequence: 0 });
const CONTRACT = creation.tx.hash;

function call(method: string, sequence: number, n: number) {
  return callTx({ contract: CONTRACT, method, sequence, arguments: [1, n] });
}

const states = (calls: readonly { readonly state: string }[]) => calls.map(({ state }) => state);

pythonTest("a call that breaks out of its language does nothing, and the one behind it goes on", [
  "hathorlib",
], async (python) => {
  const options = { python, text: BREAKER, calls: [creation] };
  await withContracts(options, async (chain, root) => {
    for (const [way, name] of Object.keys(TRIES).entries()) {
      const { calls } = await chain.execute(root, SECOND, [
        call("attempt", 1, way),
        call("add", 2, 4),
      ]);
      assertEquals(states(calls), ["failure", "success"], name);
      const [failed] = calls;
      const { type, traceback } = failed && "error" in failed ? failed.error : fail(name);
      // The system has no thread for it; for all else the process is ended.
      if (/thread/.test(name)) assertStringIncludes(traceback, "start new thread");
      else assertEquals(type, "ExecutorEnded", `${name}: ${traceback}`);
    }
  });
});

pythonTest("what begins processes without asking is not there, and the engine is nobody", [
  "hathorlib",
], async (python) => {
  const options = { python, text: BREAKER, calls: [creation] };
  await withContracts(options, async (chain, root) => {
    const { calls } = await chain.execute(root, SECOND, [call("seek", 1, 0), call("seek", 2, 1)]);
    assertEquals(calls.map((each) => "events" in each ? each.events : each.state), [
      [{ contract: CONTRACT, data: new TextEncoder().encode("0").toHex() }],
      [{ contract: CONTRACT, data: new TextEncoder().encode(`${Deno.uid() || 65_534}`).toHex() }],
    ]);
  });
});

pythonTest("an engine that is killed while it executes is begun again, and nobody sees it", [
  "hathorlib",
], async (python) => {
  const options = { python, text: BREAKER, calls: [creation] };
  await withContracts(options, async (chain, root) => {
    const block = [call("add", 1, 3), call("work", 2, 1), call("add", 3, 4)];
    const undisturbed = await chain.execute(root, SECOND, block);
    assertEquals(states(undisturbed.calls), ["success", "success", "success"]);
    const [engine] = await enginesOf(Deno.pid);
    assert(engine !== undefined);
    const asked = chain.asked.length;
    const executing = chain.execute(root, SECOND, block);
    await until("it executes", () => chain.asked.length > asked);
    Deno.kill(Number(engine), "SIGKILL");
    const { root: next, calls } = await executing;
    assertEquals([next, states(calls)], [undisturbed.root, states(undisturbed.calls)]);
    assert(!(await enginesOf(Deno.pid)).includes(engine));
    assertEquals(states((await chain.execute(next, THIRD, [call("add", 4, 1)])).calls), [
      "success",
    ]);
  });
});
