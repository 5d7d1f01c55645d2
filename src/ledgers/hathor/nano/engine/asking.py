"""Frames to and from the parent, and what of the chain is asked of it."""

import json
import os
import struct
import sys

from hathorlib.nanocontracts.blueprint import Blueprint
from hathorlib.nanocontracts.custom_builtins import get_exec_builtins
from hathorlib.nanocontracts.exception import (
    BlueprintDoesNotExist,
    OCBBlueprintNotConfirmed,
    OCBInvalidBlueprintVertexType,
)
from hathorlib.nanocontracts.storage.backends import NodeTrieStore
from hathorlib.nanocontracts.storage.factory import NCStorageFactory
from hathorlib.nanocontracts.storage.node_nc_type import NodeNCType
from hathorlib.nanocontracts.storage.patricia_trie import PatriciaTrie
from hathorlib.nanocontracts.types import BLUEPRINT_EXPORT_NAME
from hathorlib.token_info import TokenDescription, TokenVersion

MAX_FRAME = 16 << 20
NODE_FORM = NodeNCType()
# Blueprints are Python 3.11, whichever runs them.
BLUEPRINT_MINOR = 11
CODES_KEPT = 64
NODES_KEPT = 50_000
# Of a child in a node: its key and its hash; of a node: how it is named where it is kept.
CHILD_BYTES = 48
NODE_BYTES = 54


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


def text_of_json(value):
    """What has numbers of any size goes as text: the parent's own numbers are doubles."""
    return json.dumps(value, separators=(",", ":"))


class AskedNodes(NodeTrieStore):
    """Nodes of tries, asked for when they are needed. New ones wait here to be handed over."""

    def __init__(self, channel):
        self._channel = channel
        self._known = {}
        self.drop_new()

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
        # Also one that is known: the parent may have let go of the block that it was new in.
        self._new[bytes(key)] = item
        self.size += NODE_BYTES + len(item.key) + len(item.content or b"")
        self.size += CHILD_BYTES * len(item.children)

    def __len__(self):
        return len(self._known) + len(self._new)

    def __contains__(self, key):
        # Only asked of the children of nodes that are there, see write_without_asking().
        return True

    def take_new(self, root):
        """The new nodes of the state of this root, without those that came and went meanwhile."""
        taken, waiting = {}, [bytes(root)]
        while waiting:
            key = waiting.pop()
            node = self._new.get(key)
            if node is None or key in taken:
                continue
            taken[key] = node
            waiting.extend(bytes(child) for child in node.children.values())
            # A contract is a leaf that names the root of its own trie.
            waiting.append(node.content)
        self.drop_new()
        for key, node in taken.items():
            self._keep(key, node)
        return [
            {"id": key.hex(), "node": NODE_FORM.to_bytes(node).hex()}
            for key, node in taken.items()
        ]

    def drop_new(self):
        self._new = {}
        # Bytes of what was written since, about.
        self.size = 0

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


def compiled(text):
    return compile(
        text, "<blueprint>", "exec", dont_inherit=True, optimize=0, _feature_version=BLUEPRINT_MINOR
    )


def load_anything(code):
    """What a text exports, whatever it is."""
    names = {"__builtins__": get_exec_builtins()}
    exec(code, names)
    return names[BLUEPRINT_EXPORT_NAME]


def load(code):
    exported = load_anything(code)
    assert isinstance(exported, type) and issubclass(exported, Blueprint)
    return exported
