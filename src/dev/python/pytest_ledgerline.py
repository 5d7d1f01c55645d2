"""A Ledgerline server for tests, as fixtures of pytest and as a context manager."""

import atexit
import json
import os
import subprocess
import threading
from collections import deque
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

_PORTS = (
    "port",
    "hierachain-port",
    "hathor-port",
    "bigchaindb-port",
    "bigchaindb-stream-port",
    "planetmint-port",
    "planetmint-stream-port",
    "streams-port",
)
_DEFAULTS = {
    "store": ":memory:",
    "host": "127.0.0.1",
    "log-format": "json",
    **dict.fromkeys(_PORTS, "0"),
}

# Seconds after which a server that was asked to stop is ended: it promises to need ten.
_STOP_SECONDS = 15

# Lines of what a program said that are told where it does not start.
_TOLD_LINES = 20


class LedgerlineError(Exception):
    """The program ended before it was ready, or refused what was asked; the message is what it said."""


class Ledgerline:
    """A server in a process of its own, ready.

    ``url`` is the main port's address, ``urls`` has each ledger's own by the ledger's name.
    """

    def __init__(self, settings=None, command=None):
        """Starts the program and waits until it is ready.

        ``settings`` are by their names, beside a store in memory and free ports of this machine;
        ``command`` is the program and what comes before its flags. Raises ``LedgerlineError``.
        """
        words = command or os.environ.get("LEDGERLINE_COMMAND", "ledgerline").split()
        flags = [f"--{name}={_text(value)}" for name, value in {**_DEFAULTS, **(settings or {})}.items()]
        self.url = None
        self.urls = {}
        self._told = deque(maxlen=_TOLD_LINES)
        self._is_ready = False
        self._news = threading.Event()
        self._process = subprocess.Popen(
            [*words, *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Without settings of some other server.
            env={k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")},
        )
        atexit.register(self._process.kill)
        # It goes on being read: a program whose output nobody takes would wait.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._news.wait()
        if not self._is_ready:
            code = self._process.wait()
            self.stop()
            raise LedgerlineError(f"ledgerline ended with {code}:\n" + "".join(self._told))
        if self.url is None:
            self.url = next(iter(self.urls.values()), None)

    @property
    def pid(self):
        return self._process.pid

    def dev(self, what, body=None, method=None):
        """Asks its developer mode for what stands after ``/v1/dev/``: with a body by POST, else by GET.

        ``method`` is another. Raises ``LedgerlineError`` with the server's words where it refuses.
        """
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(f"{self.url}/v1/dev/{what}", data, method=method)) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise LedgerlineError(f"{what} was refused with {error.code}: {error.read().decode()}") from None

    def stop(self):
        """Stops it, and returns when the process has ended. It may be called again."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        atexit.unregister(self._process.kill)

    def _read(self):
        for line in self._process.stdout:
            self._told.append(line)
            if not self._is_ready:
                self._take(line)
        self._news.set()

    def _take(self, line):
        try:
            said = json.loads(line)
        except ValueError:
            return
        if not isinstance(said, dict):
            return
        name, origin = said.get("name"), said.get("origin")
        if name == "main":
            self.url = origin
        elif name is not None and said.get("setting") == f"{name}-port":
            self.urls[name] = origin
        if said.get("msg") == "ready":
            self._is_ready = True
            self._news.set()


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def start_ledgerline(settings=None, command=None):
    """A server for as long as the block runs; see ``Ledgerline``."""
    server = Ledgerline(settings, command)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def ledgerline_settings():
    """Settings of the servers of the fixtures, to be overridden."""
    return {}


@pytest.fixture
def ledgerline(ledgerline_settings):
    """A server for one test."""
    with start_ledgerline(ledgerline_settings) as server:
        yield server


@pytest.fixture(scope="session")
def ledgerline_session(ledgerline_settings):
    """A server for all tests of a run."""
    with start_ledgerline(ledgerline_settings) as server:
        yield server
