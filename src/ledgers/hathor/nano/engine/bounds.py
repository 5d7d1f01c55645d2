"""What the process gives up before it runs what others have written."""

import _posixsubprocess
import encodings
import linecache
import os
import pkgutil
import resource
import subprocess
import sys
from importlib import import_module

import hathorlib

CPU_SECONDS = 3_600


class Rehearsal:
    """A chain with one blueprint, and no parent to ask."""

    TEXT = """
from hathor import Blueprint, Context, export, json_dumps, public, sha3, verify_ecdsa
@export
class Rehearsed(Blueprint):
    names: dict[str, int]
    @public(allow_deposit=True)
    def initialize(self, ctx: Context) -> None:
        self.names = {}
        self.names['one'] = self.syscall.rng.randint(1, 6)
        self.log.info('rehearsed', block=ctx.block.hash)
        key = bytes.fromhex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
        known = verify_ecdsa(key, sha3(key), bytes.fromhex('3006020101020101'))
        self.syscall.emit_event(json_dumps(known).encode())
    @public
    def stop(self, ctx: Context) -> None:
        self.names['none'] = self.names['no name']
"""

    def ask(self, what, **about):
        return {"text": self.TEXT} if what == "blueprint" else None


def rehearse(settings):
    """Executes a block, so that what is only loaded when it is needed is there before lock()."""
    name = "11" * 32
    call = {
        "contract": name,
        "sequence": "0",
        "method": "initialize",
        "arguments": "00",
        "address": "49" * 25,
        "actions": [{"type": 1, "token": "00", "amount": "1"}],
    }
    tx = {
        "hash": name,
        "version": 1,
        "nonce": 0,
        "signalBits": 0,
        "work": "1",
        "inputs": [],
        "outputs": [],
        "tokens": [],
        "parents": [],
        "timestamp": 1,
        "call": call,
    }
    executor = Executor(Rehearsal())
    root = executor.prepare(settings)
    executor._nodes.take_new(bytes.fromhex(root))
    block = {"hash": name, "timestamp": 1, "height": 1}
    executor.open({"root": root, "block": block, "runtime": 2, "transactions": [tx]})
    executor.call({"tx": tx, "now": 1.0})
    executor.keep({})
    stop = {**call, "sequence": "1", "method": "stop", "actions": []}
    executor.call({"tx": {**tx, "call": stop}, "now": 1.0})
    executor.close({})


def lock(memory_bytes):
    """Gives up what running blueprints does not need, after everything has been imported."""
    for package in (hathorlib, encodings):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(NOT_EVERYWHERE):
                import_module(module.name)
    # Nobody is shown lines of files.
    linecache.getlines = lambda _name, _globals=None: []
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # The parent ends what takes too long; this ends what outlives it, and is begun again like that.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    give_up_root()
    # What begins processes without asking: whoever finds a way to it finds nothing.
    for module in (_posixsubprocess, subprocess):
        for name in ("fork_exec", "_fork_exec"):
            module.__dict__.pop(name, None)
    # Beyond the three streams no file, socket or process can be opened: each needs a number.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    sys.addaudithook(refuse)


def give_up_root():
    """Becomes nobody, where it may: root is not held by a limit of processes."""
    if os.getuid() != 0:
        return
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except PermissionError:
        # Root without the right to be another; the hook below holds it.
        pass


NOBODY = 65_534

# Modules for one system alone, and a client of HTTP that needs more packages.
NOT_EVERYWHERE = (".mbcs", ".oem", ".cp65001", "hathorlib.client")
REFUSED = (
    "open", "os.", "socket.", "subprocess.", "shutil.", "ctypes.", "signal.", "resource.", "_thread."
)
REFUSED_MODULES = ("_posixsubprocess", "_ctypes", "_socket")
REFUSED_CODE = 4


def refuse(event, arguments):
    # To show where a syntax is wrong, Python itself looks for the file, which there is not.
    if event == "open" and arguments[0] == "<blueprint>":
        return
    if event.startswith(REFUSED) or (event == "import" and arguments[0] in REFUSED_MODULES):
        try:
            os.write(2, f"refused: {event}\n".encode())
        finally:
            os._exit(REFUSED_CODE)
