"""What can be asked about contracts without changing them."""

import json

from hathorlib.nanocontracts.exception import NanoContractDoesNotExist, NCFail, NCMethodNotFound
from hathorlib.nanocontracts.method import Method
from hathorlib.nanocontracts.nano_runtime_version import NanoRuntimeVersion
from hathorlib.nanocontracts.nc_types import make_nc_type_for_field_type
from hathorlib.nanocontracts.types import BlueprintId, ContractId, VertexId
from hathorlib.utils.address import decode_address

ALL_TOKENS = "__all__"


class Questions:
    """The requests that ask; each is about one root."""

    def __init__(self, storages, blueprints, runners):
        self._storages = storages
        self._blueprints = blueprints
        self._runners = runners

    def check(self, request):
        """The text of a new blueprint's code, or why it may not be one."""
        try:
            text = text_of(bytes.fromhex(request["code"]))
            check_text(text)
            return {"text": text}
        except Refused as refused:
            return {"refused": {"type": refused.kind, "message": str(refused)}}

    def describe(self, request):
        """Fields and methods of a blueprint."""
        named = BlueprintId(VertexId(bytes.fromhex(request["blueprint"])))
        try:
            return description_of(self._blueprints.get_blueprint_class(named))
        except NCFail as error:
            return {"error": {"type": type(error).__name__, "message": str(error)}}

    def arguments(self, request):
        """The arguments of calls as their methods read them; null where they do not."""
        loaded = {}
        return {"arguments": [self._arguments_of(call, loaded) for call in request["calls"]]}

    def _arguments_of(self, call, loaded):
        name = call["blueprint"]
        named = BlueprintId(VertexId(bytes.fromhex(name)))
        try:
            # To read arguments runs nothing of it, so that one is as good for all of a request.
            if name not in loaded:
                loaded[name] = self._blueprints.get_blueprint_class(named)
            method = getattr(loaded[name], call["method"], None)
            if method is None:
                return None
            form = Method.from_callable(method)
            given = form.deserialize_args_bytes(bytes.fromhex(call["arguments"]))
            return text_of_json(form.args._value_to_json(given))
        except Exception as error:
            assert_not_exhausted(error)
            return None

    def state(self, request):
        """Fields and balances of a contract, and what its view methods answer."""
        storage = self._storages.get_block_storage(bytes.fromhex(request["root"]))
        contract = ContractId(VertexId(bytes.fromhex(request["contract"])))
        try:
            kept = storage.get_contract_storage(contract)
        except NanoContractDoesNotExist:
            return None
        named = kept.get_blueprint_id()
        blueprint = self._blueprints.get_blueprint_class(named)
        runner = self._runners.create(
            runtime_version=NanoRuntimeVersion(request["runtime"]), block_storage=storage
        )
        runner.disable_call_trace()
        return {
            "blueprint_id": bytes(named).hex(),
            "blueprint_name": blueprint.__name__,
            "fields": {name: field_of(kept, blueprint, name) for name in request["fields"]},
            "balances": balances_of(kept, request["balances"]),
            "calls": {
                text: answer_of(runner, contract, blueprint, text) for text in request["calls"]
            },
        }


def field_of(kept, blueprint, name):
    key = key_of(name)
    if key is None:
        return {"errmsg": "invalid format"}
    kind = blueprint.__annotations__.get(name)
    if kind is None:
        return {"errmsg": "not a blueprint field"}
    try:
        form = make_nc_type_for_field_type(kind)
        return {"value": text_of_json(form.value_to_json(kept.get_obj(key.encode(), form)))}
    except KeyError:
        return {"errmsg": "field not found"}
    except TypeError:
        return {"errmsg": "field cannot be rendered"}


def key_of(name):
    """The key that a field is kept under, whose parts may be addresses or bytes."""
    parts = []
    for part in name.split("."):
        try:
            if part.startswith("a'") and part.endswith("'"):
                part = str(decode_address(part[2:-1]))
            elif part.startswith("b'") and part.endswith("'"):
                part = str(bytes.fromhex(part[2:-1]))
        except Exception:
            return None
        parts.append(part)
    return ":".join(parts)


def balances_of(kept, asked):
    balances = {}
    for uid in asked:
        if uid == ALL_TOKENS:
            for key, balance in kept.get_all_balances().items():
                balances[bytes(key.token_uid).hex()] = balance_of(balance)
            break
        try:
            token = bytes.fromhex(uid)
        except ValueError:
            balances[uid] = {"errmsg": "invalid token id"}
            continue
        balances[uid] = balance_of(kept.get_balance(token))
    return balances


def balance_of(balance):
    return {
        "value": str(balance.value),
        "can_mint": balance.can_mint,
        "can_melt": balance.can_melt,
    }


def answer_of(runner, contract, blueprint, text):
    """What a view method answers that is called as `name(arguments)`, these in JSON."""
    try:
        if not text.endswith(")"):
            raise ValueError
        name, _, arguments = text[:-1].partition("(")
        called = getattr(blueprint, name, None)
        if called is None:
            raise NCMethodNotFound(f"{blueprint.__name__}.{name}")
        method = Method.from_callable(called)
        given = method.args.json_to_value(json.loads(f"[{arguments}]"))
        value = runner.call_view_method(contract, name, *given)
        return {"value": text_of_json(method.return_.value_to_json(value))}
    except Exception as error:
        assert_not_exhausted(error)
        return {"errmsg": repr(error)}
