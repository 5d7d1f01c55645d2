"""What may be a blueprint, and what there is to say of one."""

import ast
import builtins
import inspect
import types
import typing
import zlib

from hathorlib.nanocontracts import types as nc
from hathorlib.nanocontracts.allowed_imports import ALLOWED_IMPORTS
from hathorlib.nanocontracts.blueprint import NC_FIELDS_ATTR, Blueprint
from hathorlib.nanocontracts.context import Context
from hathorlib.nanocontracts.custom_builtins import AST_NAME_BLACKLIST
from hathorlib.nanocontracts.utils import is_nc_public_method, is_nc_view_method
from hathorlib.utils.typing import get_args, get_origin

MOST_TEXT = 240_000
ZLIB_PYTHON = 1


class Refused(Exception):
    """A blueprint that may not be: the name of the original's exception, and its words."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def text_of(code):
    """The text of the code of a vertex, of which the first byte says how it is compressed."""
    if code[:1] != bytes([ZLIB_PYTHON]):
        raise Refused("malformed", f"{code[0] if code else None} is not a valid CodeKind")
    expander = zlib.decompressobj()
    try:
        text = expander.decompress(code[1:], MOST_TEXT)
        if expander.unconsumed_tail:
            raise Refused("malformed", "Decompressed code is too long.")
        return text.decode()
    except UnicodeDecodeError as error:
        raise Refused("malformed", str(error))
    except zlib.error as error:
        raise Refused("uncaught", str(error))


# Kinds of nodes that may not be there, and what is said of them.
FORBIDDEN = {
    ast.Import: "Import statements are not allowed.",
    ast.Try: "Try/Except blocks are not allowed.",
    ast.AsyncFunctionDef: "Async functions are not allowed.",
    ast.Await: "Await is not allowed.",
    ast.AsyncFor: "Async loops are not allowed.",
    ast.AsyncWith: "Async contexts are not allowed.",
    ast.Div: "Simple / division results in float, use // instead.",
}


def complaint_about(node):
    """What is wrong with a node by itself, if anything is."""
    said = FORBIDDEN.get(type(node))
    if said is not None:
        return said
    match node:
        case ast.ImportFrom():
            allowed = ALLOWED_IMPORTS.get(node.module)
            if allowed is None:
                return f'Importing from "{node.module}" is not allowed.'
            for each in node.names:
                if each.name not in allowed:
                    return f'Importing "{each.name}" from "{node.module}" is not allowed.'
        case ast.Name():
            if node.id in AST_NAME_BLACKLIST:
                return f"Usage or reference to {node.id} is not allowed."
            if "__" in node.id:
                return "Using dunder names is not allowed."
        case ast.Attribute() if "__" in node.attr:
            return "Access to internal attributes and methods is not allowed."
        case ast.FunctionDef() if "__" in node.name:
            return "magic methods are not allowed"
        case ast.MatchClass() if any("__" in name for name in node.kwd_attrs):
            return "cannot match on dunder name"
        case ast.MatchMapping():
            keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
            if not all(isinstance(key, str) for key in keys):
                # The original only knows texts here, and fails on others.
                raise Refused("uncaught", "AssertionError")
            if any("__" in key for key in keys):
                return "cannot match on dunder name"
        case ast.Constant(value=float()):
            return "Float literals are not allowed."
        case ast.Constant(value=complex()):
            return "Complex literals are not allowed."
    return None


def walk_down(node):
    yield node
    for child in ast.iter_child_nodes(node):
        yield from walk_down(child)


def exports(tree):
    for node in walk_down(tree):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                named = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(named, ast.Name) and named.id == "export":
                    return True
    return False


def check_text(text):
    """Refuses a text that is no blueprint, or asks for what none may."""
    try:
        check_each(text)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # The original has no answer to these.
        raise Refused("uncaught", f"{type(error).__name__}: {error}")


def check_each(text):
    invalid = "OCBInvalidScript"
    if "__" in text:
        raise Refused(invalid, "forbidden syntax: script contains dunder text")
    try:
        tree = compile(
            text,
            "<blueprint>",
            "exec",
            flags=ast.PyCF_ONLY_AST,
            dont_inherit=True,
            optimize=0,
            _feature_version=BLUEPRINT_MINOR,
        )
    except SyntaxError:
        raise Refused(invalid, "Could not correctly parse the script")
    for node in walk_down(tree):
        said = complaint_about(node)
        if said is not None:
            raise Refused(invalid, f"forbidden syntax: {said}")
    if not exports(tree):
        raise Refused(invalid, "Could not find a main Blueprint definition")
    try:
        exported = load_anything(compiled(text))
    except SyntaxError as error:
        raise Refused(invalid, f"forbidden syntax: {error}")
    if not isinstance(exported, type):
        raise Refused(invalid, "exported Blueprint is not a class")
    if not issubclass(exported, Blueprint):
        raise Refused(invalid, "exported Blueprint is not a Blueprint subclass")


def type_name(kind):
    """A type as people are shown it."""
    origin, inner = get_origin(kind) or kind, get_args(kind) or ()
    if kind is None or kind is type(None):
        return "null"
    names = ", ".join(type_name(each) for each in inner)
    if origin in (builtins.dict, builtins.tuple, builtins.list, builtins.set):
        return f"{origin.__name__}[{names}]"
    if origin in (typing.Union, types.UnionType):
        others = [each for each in inner if each is not types.NoneType]
        if len(inner) == 2 and len(others) == 1:
            return f"{type_name(others[0])}?"
        if set(inner) == {nc.Address, nc.ContractId}:
            return "CallerId"
        return f"union[{names}]"
    if origin is nc.SignedData:
        return f"SignedData[{names}]"
    return kind.__name__


def description_of(blueprint):
    """Fields and methods of a blueprint."""
    methods = {"public": {}, "view": {}}
    for name, method in inspect.getmembers(blueprint, predicate=inspect.isfunction):
        kinds = [is_nc_public_method(method) and "public", is_nc_view_method(method) and "view"]
        signature = inspect.signature(method)
        returned = signature.return_annotation
        for kind in filter(None, kinds):
            methods[kind][name] = {
                "args": [
                    {"name": each.name, "type": type_name(each.annotation)}
                    for each in signature.parameters.values()
                    if each.name != "self" and each.annotation is not Context
                ],
                "return_type": type_name(None if returned is signature.empty else returned),
                "docstring": inspect.getdoc(method),
            }
    fields = getattr(blueprint, NC_FIELDS_ATTR)
    return {
        "name": blueprint.__name__,
        "attributes": {name: type_name(kind) for name, kind in fields.items()},
        "public_methods": methods["public"],
        "view_methods": methods["view"],
        "docstring": inspect.getdoc(blueprint),
    }
