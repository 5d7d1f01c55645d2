"""Runs blueprints of Hathor by hathorlib, for the program that started it.

Requests come on standard input and answers go to standard output, each a frame: four bytes with its
length, big-endian, then JSON. While a request is worked on, what is needed of the chain is asked
for in frames of the same kind. Nothing is kept here but the block that is being executed. README.md
beside this file has the messages.
"""

import encodings
import hashlib
import json
import linecache
import os
import pkgutil
import struct
import sys
import traceback
from collections import defaultdict
from importlib import import_module, metadata
from types import CodeType

if sys.platform == "win32":
    sys.exit("this system bounds no process")
import resource

import hathorlib
from hathorlib import TxVersion
from hathorlib.conf import get_settings
from hathorlib.conf.settings import HathorSettings
from hathorlib.nanocontracts import types as nc
from hathorlib.nanocontracts.blueprint import Blueprint
from hathorlib.nanocontracts.context import Context
from hathorlib.nanocontracts.custom_builtins import get_exec_builtins
from hathorlib.nanocontracts.exception import (
    BlueprintDoesNotExist,
    NCFail,
    OCBBlueprintNotConfirmed,
    OCBInvalidBlueprintVertexType,
)
from hathorlib.nanocontracts.nano_runtime_version import NanoRuntimeVersion
from hathorlib.nanocontracts.rng import NanoRNG
from hathorlib.nanocontracts.runner.call_info import CallType
from hathorlib.nanocontracts.runner.runner import MAX_SEQNUM_JUMP_SIZE, RunnerFactory
from hathorlib.nanocontracts.storage.backends import NodeTrieStore
from hathorlib.nanocontracts.storage.factory import NCStorageFactory
from hathorlib.nanocontracts.storage.node_nc_type import NodeNCType
from hathorlib.nanocontracts.storage.patricia_trie import PatriciaTrie
from hathorlib.nanocontracts.vertex_data import (
    BlockData,
    NanoHeaderData,
    ScriptInfo,
    ScriptType,
    TxInputData,
    TxOutputData,
    VertexData,
)
from hathorlib.token_info import TokenDescription, TokenVersion

# What state comes to depends on it, to the last bit.
ENGINE = "0.15.0"
MAX_FRAME = 64 << 20
NODE_FORM = NodeNCType()
# Blueprints are Python 3.11, whichever runs them.
BLUEPRINT_MINOR = 11
CODES_KEPT = 64
CPU_SECONDS = 3_600
NODES_KEPT = 50_000


class Fault(BaseException):
    """What no contract is to be blamed for, nor may catch: the request comes to nothing."""


class Channel:
    """Frames to and from the parent."""

    def __init__(self):
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
        # Whatever prints must not print between frames.
        sys.stdout = sys.stderr

    def read(self):
        head = self._in.read(4)
        if len(head) < 4:
            os._exit(0)
        (length,) = struct.unpack(">I", head)
        body = self._in.read(length) if length <= MAX_FRAME else b""
        if len(body) < length:
            os._exit(0)
        return json.loads(body)

    def write(self, message):
        body = json.dumps(message, separators=(",", ":")).encode()
        if len(body) > MAX_FRAME:
            raise Fault("the answer is too large")
        self._out.write(struct.pack(">I", len(body)) + body)
        self._out.flush()

    def ask(self, what, **about):
        self.write({"ask": what, **about})
        return self.read()["is"]


class AskedNodes(NodeTrieStore):
    """Nodes of tries, asked for when they are needed. New ones wait here to be handed over."""

    def __init__(self, channel):
        self._channel = channel
        self._known = {}
        self._new = {}

    def __getitem__(self, key):
        key = bytes(key)
        node = self._new.get(key) or self._known.get(key)
        if node is not None:
            return node
        text = self._channel.ask("node", id=key.hex())
        if text is None:
            raise Fault(f"there is no node {key.hex()}")
        node = NODE_FORM.from_bytes(bytes.fromhex(text))
        self._keep(key, node)
        return node

    def __setitem__(self, key, item):
        if bytes(key) not in self._known:
            self._new[bytes(key)] = item

    def __len__(self):
        return len(self._known) + len(self._new)

    def __contains__(self, key):
        # Only asked of the children of nodes that are there, see write_without_asking().
        return True

    def take_new(self):
        taken = [{"id": key.hex(), "node": NODE_FORM.to_bytes(node).hex()}
                 for key, node in self._new.items()]
        for key, node in self._new.items():
            self._keep(key, node)
        self._new = {}
        return taken

    def drop_new(self):
        self._new = {}

    def _keep(self, key, node):
        if len(self._known) >= NODES_KEPT:
            self._known.clear()
        self._known[key] = node


def write_without_asking(trie, node):
    """A node's name is the hash of what it says, so that to write it twice changes nothing."""
    trie._db[node.id] = node


PatriciaTrie._add_to_db_or_assert = write_without_asking


class Nodes(NCStorageFactory):
    def __init__(self, store):
        self._store = store


class AskedBlueprints:
    """Blueprints by their ids. Each call loads them anew, as what one call leaves in them would
    else be seen by the next."""

    WHY_NOT = {
        "unknown": BlueprintDoesNotExist,
        "unconfirmed": OCBBlueprintNotConfirmed,
        "no-blueprint": OCBInvalidBlueprintVertexType,
    }

    def __init__(self, channel):
        self._channel = channel
        self._codes = {}

    def get_blueprint_class(self, blueprint_id):
        name = bytes(blueprint_id).hex()
        # Asked each time: whether it is confirmed may change, and the answer has its text but once.
        found = self._channel.ask("blueprint", id=name, known=name in self._codes)
        if "why" in found:
            raise self.WHY_NOT[found["why"]](name)
        if "text" in found:
            if len(self._codes) >= CODES_KEPT:
                self._codes.pop(next(iter(self._codes)))
            self._codes[name] = compiled(found["text"])
        return load(self._codes[name])

    def get_blueprint_source(self, blueprint_id):
        raise Fault("no contract asks for its source")


class AskedTokens:
    """Tokens that transactions have made, by their uids."""

    def __init__(self, channel):
        self._channel = channel

    def get_token_description(self, token_uid):
        found = self._channel.ask("token", uid=bytes(token_uid).hex())
        if found is None:
            return None
        return TokenDescription(
            token_id=bytes(token_uid),
            token_name=found["name"],
            token_symbol=found["symbol"],
            token_version=TokenVersion(found["version"]),
        )


class GivenClock:
    """The time that the parent gives, which logs are stamped with."""

    now = 0.0

    def seconds(self):
        return self.now


def compiled(text) -> CodeType:
    return compile(
        text, "<blueprint>", "exec", dont_inherit=True, optimize=0, _feature_version=BLUEPRINT_MINOR
    )


def load(code):
    names = {"__builtins__": get_exec_builtins()}
    exec(code, names)
    exported = names[nc.BLUEPRINT_EXPORT_NAME]
    assert isinstance(exported, type) and issubclass(exported, Blueprint)
    return exported


def output_of(output):
    parsed = output["parsed"]
    return TxOutputData(
        value=int(output["value"]),
        raw_script=bytes.fromhex(output["script"]),
        parsed_script=parsed and ScriptInfo(
            type=ScriptType(parsed["type"]),
            address=parsed["address"],
            timelock=parsed["timelock"],
        ),
        token_data=output["tokenData"],
    )


def input_of(spent):
    return TxInputData(
        tx_id=vertex_id(spent["txId"]),
        index=spent["index"],
        data=bytes.fromhex(spent["data"]),
        info=spent["output"] and output_of(spent["output"]),
    )


def vertex_of(tx):
    call = tx["call"]
    header = NanoHeaderData(
        nc_seqnum=int(call["sequence"]),
        nc_id=vertex_id(call["contract"]),
        nc_method=call["method"],
        nc_args_bytes=bytes.fromhex(call["arguments"]),
    )
    return VertexData(
        version=TxVersion(tx["version"]),
        hash=bytes.fromhex(tx["hash"]),
        nonce=tx["nonce"],
        signal_bits=tx["signalBits"],
        work=int(tx["work"]),
        inputs=tuple(input_of(each) for each in tx["inputs"]),
        outputs=tuple(output_of(each) for each in tx["outputs"]),
        tokens=tuple(bytes.fromhex(uid) for uid in tx["tokens"]),
        parents=tuple(vertex_id(parent) for parent in tx["parents"]),
        headers=(header,),
    )


ACTIONS = {
    1: nc.NCDepositAction,
    2: nc.NCWithdrawalAction,
    3: nc.NCGrantAuthorityAction,
    4: nc.NCAcquireAuthorityAction,
}


def action_of(action):
    token = nc.TokenUid(bytes.fromhex(action["token"]))
    amount = int(action["amount"])
    make = ACTIONS[action["type"]]
    if action["type"] <= 2:
        return make(token_uid=token, amount=amount)
    return make(token_uid=token, mint=amount & 1 != 0, melt=amount & 2 != 0)


def vertex_id(text):
    return nc.VertexId(bytes.fromhex(text))


def order_of(block_hash, transactions):
    """The calls of a block in the order in which they are executed, and those that wait for each
    other for ever. What a transaction spends or calls comes before it, and of one caller's calls
    the lower number; where that leaves a choice the block's hash decides."""
    after, before = defaultdict(set), defaultdict(set)

    def wait(waiting, awaited):
        after[awaited].add(waiting)
        before[waiting].add(awaited)

    callers = defaultdict(lambda: defaultdict(list))
    names = []
    for tx in transactions:
        name = bytes.fromhex(tx["hash"])
        names.append(name)
        call = tx["call"]
        if call is not None:
            wait(name, bytes.fromhex(call["contract"]))
            callers[call["address"]][int(call["sequence"])].append((tx["timestamp"], name))
        for spent in tx["inputs"]:
            wait(name, bytes.fromhex(spent))
    gates = 0
    for numbers in callers.values():
        groups = [group for _number, group in sorted(numbers.items())]
        for earlier, later in zip(groups, groups[1:]):
            gate = f"dummy:{gates}".encode()
            gates += 1
            for _time, name in earlier:
                wait(gate, name)
            latest = max(timestamp for timestamp, _name in earlier)
            for timestamp, name in later:
                if timestamp > latest:
                    wait(name, gate)
    calls = {bytes.fromhex(tx["hash"]) for tx in transactions if tx["call"] is not None}
    everything = set(names) | set(after) | set(before)
    ready = sorted(name for name in everything if not before[name])
    random = NanoRNG(hashlib.sha256(block_hash).digest())
    order = []
    while ready:
        name = ready.pop(len(ready) - random.randbelow(len(ready)) - 1)
        everything.discard(name)
        if name in calls:
            order.append(name)
        for waiting in after[name]:
            before[waiting].discard(name)
            if not before[waiting]:
                ready.append(waiting)
        ready.sort()
    return order, [name for name in names if name in everything and name in calls]


class Executor:
    """The requests, by their names."""

    def __init__(self, channel):
        self._channel = channel
        self._clock = GivenClock()
        self._nodes = AskedNodes(channel)
        self._storages = Nodes(self._nodes)
        self._blueprints = AskedBlueprints(channel)
        self._runners = None
        self._storage = None
        self._runner = None
        nc.set_checksig_backend(self._verify)

    def _verify(self, sighash_all_data, script_input, script):
        return self._channel.ask(
            "checksig", data=sighash_all_data.hex(), input=script_input.hex(), script=script.hex()
        )

    def start(self, request):
        found = metadata.version("hathorlib")
        if found != ENGINE:
            raise Fault(f"hathorlib is {found}, and {ENGINE} is needed")
        settings = HathorSettings(**request["settings"])
        rehearse(settings)
        root = self.prepare(settings)
        lock(request["memoryBytes"])
        return {"emptyRoot": root, "nodes": self._nodes.take_new()}

    def prepare(self, settings):
        """Has what executes by the settings of a network; the root of a state with nothing in it."""
        # What asks the package for its settings is given these, without a file being read.
        source = os.path.join(os.path.dirname(get_settings.__file__), "mainnet.yml")
        get_settings._settings_singleton = get_settings._SettingsMetadata(source, True, settings)
        self._runners = RunnerFactory(
            reactor=self._clock,
            settings=settings,
            tx_storage=AskedTokens(self._channel),
            nc_storage_factory=self._storages,
            blueprint_service=self._blueprints,
        )
        empty = self._storages.get_empty_block_storage()
        empty.commit()
        return empty.get_root_id().hex()

    def open(self, request):
        """Begins a block on the state of its parent's."""
        self._nodes.drop_new()
        self._runner = None
        block = request["block"]
        block_hash = bytes.fromhex(block["hash"])
        self._block = BlockData(
            hash=nc.VertexId(block_hash), timestamp=block["timestamp"], height=block["height"]
        )
        self._runtime = NanoRuntimeVersion(request["runtime"])
        self._storage = self._storages.get_block_storage(bytes.fromhex(request["root"]))
        self._seeds = hashlib.sha256(block_hash)
        order, cyclic = order_of(block_hash, request["transactions"])
        return {
            "order": [name.hex() for name in order],
            "cyclic": [name.hex() for name in cyclic],
        }

    def skip(self, request):
        """Passes over a transaction that is void: only the number of its call counts."""
        self._next_seed(request["hash"])
        caller = nc.Address(bytes.fromhex(request["address"]))
        number = int(request["sequence"])
        if number > self._storage.get_address_seqnum(caller):
            self._storage.set_address_seqnum(caller, number)
        return {}

    def call(self, request):
        """Executes a transaction. What it changes waits for keep() or drop()."""
        tx = request["tx"]
        call = tx["call"]
        self._clock.now = request["now"]
        runner = self._runner = self._runners.create(
            runtime_version=self._runtime,
            block_storage=self._storage,
            seed=self._next_seed(tx["hash"]),
        )
        is_new = call["method"] == nc.NC_INITIALIZE_METHOD
        named = vertex_id(tx["hash"] if is_new else call["contract"])
        contract = nc.ContractId(named)
        caller = nc.Address(bytes.fromhex(call["address"]))
        number = int(call["sequence"])
        try:
            jump = number - self._storage.get_address_seqnum(caller)
            if jump <= 0 or jump > MAX_SEQNUM_JUMP_SIZE:
                runner._last_call_info = runner._build_call_info(contract)
                raise NCFail(f"invalid seqnum (diff={jump})")
            self._storage.set_address_seqnum(caller, number)
            context = Context(
                caller_id=caller,
                vertex_data=vertex_of(tx),
                block_data=self._block,
                actions=Context.__group_actions__([action_of(each) for each in call["actions"]]),
            )
            arguments = nc.NCRawArgs(bytes.fromhex(call["arguments"]))
            if is_new:
                blueprint = nc.BlueprintId(vertex_id(call["contract"]))
                runner.create_contract_with_nc_args(contract, blueprint, context, arguments)
            else:
                runner.call_public_method_with_nc_args(
                    contract, call["method"], context, arguments
                )
        except NCFail as error:
            assert_not_exhausted(error)
            return self._failed(error)
        tokens = runner.collect_created_tokens_from_uncommitted_changes()
        return {
            "tokens": [
                {
                    "uid": bytes(uid).hex(),
                    "name": token.token_name,
                    "symbol": token.token_symbol,
                    "version": int(token.token_version),
                }
                for uid, token in tokens.items()
            ],
        }

    def keep(self, _request):
        """Takes over what the last call has changed, and tells what it was."""
        runner, self._runner = self._runner, None
        runner.commit_pending_changes()
        runner.commit()
        info = runner.get_last_call_info()
        return {
            "calls": [
                {
                    "blueprint_id": record.blueprint_id.hex(),
                    "contract_id": record.contract_id.hex(),
                    "method_name": record.method_name,
                    "index_updates": [each.to_json() for each in record.index_updates],
                }
                for record in info.calls
                if record.type == CallType.PUBLIC
            ],
            "events": [
                {"contract": bytes(event.nc_id).hex(), "data": event.data.hex()}
                for event in info.nc_logger.__events__
            ],
            "logs": logs_of(info),
        }

    def drop(self, request):
        """Lets go of what the last call has changed, as the parent found it wanting."""
        return self._failed(NCFail(request["why"]))

    def forgo(self, request):
        """Fails a transaction whose execution has ended this process before."""
        self._next_seed(request["hash"])
        caller = nc.Address(bytes.fromhex(request["address"]))
        jump = int(request["sequence"]) - self._storage.get_address_seqnum(caller)
        if 0 < jump <= MAX_SEQNUM_JUMP_SIZE:
            self._storage.set_address_seqnum(caller, int(request["sequence"]))
        return {}

    def _failed(self, error):
        runner, self._runner = self._runner, None
        runner.discard_pending_changes()
        info = runner._last_call_info
        return {
            "error": {
                "type": type(error).__name__,
                "message": str(error),
                "traceback": "".join(traceback.format_exception(error)),
            },
            "logs": [] if info is None else logs_of(info),
        }

    def _next_seed(self, name):
        self._seeds.update(bytes.fromhex(name))
        self._seeds.update(self._storage.get_root_id())
        return self._seeds.digest()

    def close(self, _request):
        """Ends the block: its root, and the nodes that are new."""
        self._storage.commit()
        root = self._storage.get_root_id()
        self._storage = None
        return {"root": root.hex(), "nodes": self._nodes.take_new()}


def logs_of(info):
    return [entry.model_dump(mode="json") for entry in info.nc_logger.__entries__]


def assert_not_exhausted(error):
    """What ran out here might not elsewhere: that is no answer."""
    cause = error
    while cause is not None:
        if isinstance(cause, (MemoryError, Fault)):
            raise Fault(f"{type(cause).__name__}: {cause}")
        cause = cause.__cause__ or cause.__context__


class Rehearsal:
    """A chain with one blueprint, and no parent to ask."""

    TEXT = """
from hathor import Blueprint, Context, export, public
@export
class Rehearsed(Blueprint):
    names: dict[str, int]
    @public(allow_deposit=True)
    def initialize(self, ctx: Context) -> None:
        self.names = {}
        self.names['one'] = self.syscall.rng.randint(1, 6)
        self.log.info('rehearsed', block=ctx.block.hash)
        self.syscall.emit_event(b'rehearsed')
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
    executor._nodes.take_new()
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
    # Beyond the three streams no file, socket or process can be opened: each needs a number.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    sys.addaudithook(refuse)


# Modules for one system alone, and a client of HTTP that needs more packages.
NOT_EVERYWHERE = (".mbcs", ".oem", ".cp65001", "hathorlib.client")
REFUSED = ("open", "os.", "socket.", "subprocess.", "shutil.", "ctypes.", "signal.", "resource.")
REFUSED_CODE = 4


def refuse(event, _arguments):
    if event.startswith(REFUSED):
        try:
            os.write(2, f"refused: {event}\n".encode())
        finally:
            os._exit(REFUSED_CODE)


REQUESTS = ("start", "open", "skip", "call", "keep", "drop", "forgo", "close")


def main():
    channel = Channel()
    executor = Executor(channel)
    requests = {name: getattr(executor, name) for name in REQUESTS}
    while True:
        request = channel.read()
        try:
            answer = {"done": requests[request["do"]](request)}
        except (Exception, Fault) as error:
            answer = {"fault": "".join(traceback.format_exception_only(error)).strip()}
        channel.write(answer)


main()
