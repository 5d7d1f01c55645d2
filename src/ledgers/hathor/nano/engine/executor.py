"""The requests by which blocks are executed."""

import hashlib
import os
import traceback
from importlib import metadata

from hathorlib.conf import get_settings
from hathorlib.conf.settings import HathorSettings
from hathorlib.nanocontracts import types as nc
from hathorlib.nanocontracts.context import Context
from hathorlib.nanocontracts.exception import NCFail
from hathorlib.nanocontracts.nano_runtime_version import NanoRuntimeVersion
from hathorlib.nanocontracts.runner.call_info import CallType
from hathorlib.nanocontracts.runner.runner import MAX_SEQNUM_JUMP_SIZE, RunnerFactory
from hathorlib.nanocontracts.storage.types import DeletedKey
from hathorlib.nanocontracts.vertex_data import BlockData

# What state comes to depends on it, to the last bit.
ENGINE = "0.15.0"


class Executor(Questions):
    """The requests, by their names."""

    def __init__(self, channel):
        self._channel = channel
        self._clock = GivenClock()
        self._nodes = AskedNodes(channel)
        super().__init__(Nodes(self._nodes), AskedBlueprints(channel), None)
        # Of a request; none until everything is loaded.
        self.cpu_seconds = 0
        self._storage = None
        self._runner = None
        self._details = None
        self._seed = b""

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
        self.cpu_seconds = request["cpuMs"] / 1_000
        return {"emptyRoot": root, "nodes": self._nodes.take_new(bytes.fromhex(root))}

    def prepare(self, settings):
        """Has what executes by the settings of a network; the root of a state with nothing in it."""
        nc.set_checksig_backend(self._verify)
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
        seed = self._next_seed(request["hash"])
        caller = nc.Address(bytes.fromhex(request["address"]))
        number = int(request["sequence"])
        if number > self._storage.get_address_seqnum(caller):
            self._storage.set_address_seqnum(caller, number)
        return {"seed": seed.hex()}

    def call(self, request):
        """Executes a transaction. What it changes waits for keep() or drop()."""
        tx = request["tx"]
        call = tx["call"]
        self._clock.now = request["now"]
        self._details = request.get("details")
        self._seed = self._next_seed(tx["hash"])
        runner = self._runner = self._runners.create(
            runtime_version=self._runtime, block_storage=self._storage, seed=self._seed
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
                    "index_updates": text_of_json(
                        [each.to_json() for each in record.index_updates]
                    ),
                }
                for record in info.calls
                if record.type == CallType.PUBLIC
            ],
            "events": events_of(info),
            "logs": logs_of(info),
            "size": self._nodes.size,
            **self._detailed(info),
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
            "logs": "[]" if info is None else logs_of(info),
            **self._detailed(info),
        }

    def _detailed(self, info):
        """What whoever looks at an execution is told beside what counts."""
        if self._details is None:
            return {}
        calls = () if info is None or info.calls is None else info.calls
        records = [
            {
                "type": record.type.value,
                "depth": record.depth,
                "contract_id": record.contract_id.hex(),
                "blueprint_id": record.blueprint_id.hex(),
                "method_name": record.method_name,
                "index_updates": [each.to_json() for each in record.index_updates or ()],
                "changes": changes_of(record) if self._details == "changes" else None,
            }
            for record in calls
        ]
        told = [] if info is None else events_of(info)
        return {"details": {"seed": self._seed.hex(), "records": text_of_json(records), "told": told}}

    def _next_seed(self, name):
        self._seeds.update(bytes.fromhex(name))
        self._seeds.update(self._storage.get_root_id())
        return self._seeds.digest()

    def close(self, _request):
        """Ends the block: its root, and the nodes that are new."""
        self._storage.commit()
        root = self._storage.get_root_id()
        self._storage = None
        return {"root": root.hex(), "nodes": self._nodes.take_new(root)}


def events_of(info):
    return [
        {"contract": bytes(event.nc_id).hex(), "data": event.data.hex()}
        for event in info.nc_logger.__events__
    ]


def changes_of(record):
    """What a method has changed of its contract's fields, by their keys."""
    changes = []
    for key, (value, form) in record.changes_tracker.data.items():
        change = {"key": key.key.hex()}
        if value is DeletedKey:
            change["deleted"] = True
        else:
            try:
                change["value"] = repr(value) if form is None else form.value_to_json(value)
                text_of_json(change)
            except Exception:
                change["value"] = repr(value)
        changes.append(change)
    return changes


def logs_of(info):
    return text_of_json([entry.model_dump(mode="json") for entry in info.nc_logger.__entries__])


def assert_not_exhausted(error):
    """What ran out here might not elsewhere: that is no answer."""
    cause = error
    while cause is not None:
        if isinstance(cause, (MemoryError, Fault)):
            raise Fault(f"{type(cause).__name__}: {cause}")
        cause = cause.__cause__ or cause.__context__
