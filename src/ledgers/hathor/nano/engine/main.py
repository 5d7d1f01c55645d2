"""Runs blueprints of Hathor by hathorlib, for the program that started it.

Requests come on standard input and answers go to standard output, each a frame: four bytes with its
length, big-endian, then JSON. While a request is worked on, what is needed of the chain is asked
for in frames of the same kind. Nothing is kept here but the block that is being executed. README.md
of the folder above has the messages.

The files of this folder are one program: they are given to Python one after another as one text.
"""

import signal
import traceback

REQUESTS = (
    "start", "open", "skip", "call", "keep", "drop", "forgo", "close", "check", "describe",
    "arguments", "state"
)


def main():
    channel = Channel()
    executor = Executor(channel)
    requests = {name: getattr(executor, name) for name in REQUESTS}
    while True:
        request = channel.read()
        # What takes longer ends the process.
        signal.setitimer(signal.ITIMER_PROF, executor.cpu_seconds)
        try:
            answer = {"done": requests[request["do"]](request)}
        except (Exception, Fault) as error:
            answer = {"fault": "".join(traceback.format_exception_only(error)).strip()}
        channel.write(answer)
        signal.setitimer(signal.ITIMER_PROF, 0)


main()
