"""The order in which the calls of a block are executed."""

import hashlib
from bisect import insort
from collections import defaultdict

from hathorlib.nanocontracts.rng import NanoRNG


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
                insort(ready, waiting)
    return order, [name for name in names if name in everything and name in calls]
