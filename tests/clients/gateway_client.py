"""Posts transactions with a driver, each spending of the one before, until a file is there: what is
away is tried again. Prints a line for each, and at the end what became of them as JSON."""

import json
import os
import re
import sys
import time

family, address, stop = sys.argv[1:]
if family == "bigchaindb":
    from bigchaindb_driver import BigchainDB as Driver
    from bigchaindb_driver.crypto import generate_keypair
    from bigchaindb_driver.exceptions import BadRequest, NotFoundError, TransportError

    born = {"asset": {"data": {"bicycle": {"serial_number": "abcd1234"}}}}
else:
    from ipld import marshal, multihash
    from planetmint_driver import Planetmint as Driver
    from planetmint_driver.crypto import generate_keypair
    from planetmint_driver.exceptions import BadRequest, NotFoundError, TransportError

    born = {"assets": [{"data": multihash(marshal({"bicycle": "abcd1234"}))}]}

# Its own twenty seconds are not enough for a restart where every core is in use.
driver = Driver(address, timeout=None)
owner = generate_keypair()
sent = []
refusals = []


def tried(call):
    """What a call gives once it is answered: any number of tries while the server is away."""
    while True:
        try:
            return call()
        except (BadRequest, NotFoundError):
            raise
        except TransportError as error:
            refusals.append([error.status_code, error.info])
            time.sleep(0.02)


def retrieved(tx):
    """A transaction as it is read, which may be here later than its node has it."""
    until = time.monotonic() + 120
    while True:
        try:
            return tried(lambda: driver.transactions.retrieve(tx["id"]))
        except NotFoundError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def send(prepared):
    tx = driver.transactions.fulfill(prepared, private_keys=owner.private_key)
    try:
        assert tried(lambda: driver.transactions.send_commit(tx)) == tx
    except BadRequest as error:
        # An earlier try has done it, of the driver's or of ours: it spends what was not spent.
        assert re.search("already (exists|spent)", error.info["message"]), error.info
    assert retrieved(tx) == tx
    sent.append(tx["id"])
    print("sent", len(sent), flush=True)
    return tx


def transfer(tx):
    output = tx["outputs"][0]
    asset = {"id": sent[0]} if family == "bigchaindb" else sent[0]
    return driver.transactions.prepare(
        operation="TRANSFER",
        inputs=[{
            "fulfillment": output["condition"]["details"],
            "fulfills": {"output_index": 0, "transaction_id": tx["id"]},
            "owners_before": output["public_keys"],
        }],
        recipients=owner.public_key,
        **({"asset": asset} if family == "bigchaindb" else {"assets": [asset]}),
    )


last = send(driver.transactions.prepare(
    operation="CREATE", signers=owner.public_key, recipients=[([owner.public_key], 1)], **born
))
while not os.path.exists(stop):
    last = send(transfer(last))
of = {"asset_id": sent[0]} if family == "bigchaindb" else {"asset_ids": [sent[0]]}
print(json.dumps({
    "sent": sent,
    "refusals": refusals,
    "history": [tx["id"] for tx in tried(lambda: driver.transactions.get(**of))],
    "unspent": tried(lambda: driver.outputs.get(owner.public_key, spent=False)),
}))
