"""Records what hathor-core's own tests of its resources ask, and what its code answers.

A plugin of pytest, for a checkout of hathor-core that has its dependencies:

    RECORD_TO=out.json PYTHONPATH=<this folder>:. pytest -p record_resources -o addopts= \\
        hathor_tests/resources/wallet/test_thin_wallet.py

Settings that are others are given by a file in HATHOR_TEST_CONFIG_YAML.
"""

import json
import os
from urllib.parse import quote

import pytest

steps = []
clock = None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    steps.clear()
    yield
    path = os.environ["RECORD_TO"]
    recordings = json.load(open(path)) if os.path.exists(path) else []
    name = "/".join(str(item.path).split("/")[-2:])
    recordings.append({"test": f"{name} {item.name}", "steps": list(steps)})
    json.dump(recordings, open(path, "w"))


def pytest_collection_modifyitems():
    from hathor.vertex_handler.vertex_handler import VertexHandler
    from hathor_tests import unittest
    from hathor_tests.resources.base_resource import StubSite

    taken, request, set_up = VertexHandler._post_consensus, StubSite._request, unittest.TestCase.setUp

    def recorded_vertex(self, vertex, *args, **kwargs):
        result = taken(self, vertex, *args, **kwargs)
        steps.append({"now": now(), "vertex": bytes(vertex).hex()})
        return result

    def recorded_request(self, method, url, body, args, headers):
        def answered(request):
            step = {"now": now(), "request": f"{method} {text(url)}{query(args)}"}
            if body is not None:
                step["body"] = body
            answer = b"".join(request.written).decode()
            steps.append({**step, "status": request.responseCode or 200, "answer": answer})
            return request

        return request(self, method, url, body, args, headers).addCallback(answered)

    def recorded_set_up(self, *args, **kwargs):
        global clock
        set_up(self, *args, **kwargs)
        clock = self.clock

    VertexHandler._post_consensus = recorded_vertex
    StubSite._request = recorded_request
    unittest.TestCase.setUp = recorded_set_up


def now():
    return int(clock.seconds() * 1000)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def query(args):
    pairs = args.items() if isinstance(args, dict) else args or []
    parts = "&".join(f"{quote(text(key), safe='[]')}={quote(text(value))}" for key, value in pairs)
    return f"?{parts}" if parts else ""
