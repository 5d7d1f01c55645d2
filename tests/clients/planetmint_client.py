"""Uses planetmint-driver as its documentation does; prints what the server said as JSON."""

import json
import sys

from ipld import marshal, multihash
from planetmint_driver import Planetmint
from planetmint_driver.crypto import generate_keypair
from planetmint_driver.exceptions import BadRequest, NotFoundError

plntmnt = Planetmint(sys.argv[1])
alice, bob = generate_keypair(), generate_keypair()
sent = []


def failure(call):
    try:
        call()
    except (BadRequest, NotFoundError) as error:
        return [type(error).__name__, error.status_code, error.info]
    return None


def send(fulfilled):
    answer = plntmnt.transactions.send_commit(fulfilled)
    assert answer == fulfilled, answer
    sent.append(fulfilled["id"])
    return fulfilled


cid = multihash(marshal({"bicycle": {"serial_number": "abcd1234"}}))
meta = multihash(marshal({"planet": "earth"}))
created = send(plntmnt.transactions.fulfill(
    plntmnt.transactions.prepare(
        operation="CREATE",
        signers=alice.public_key,
        recipients=[([alice.public_key], 3), ([bob.public_key], 2)],
        assets=[{"data": cid}],
        metadata=meta,
    ),
    private_keys=alice.private_key,
))


def transfer(to):
    output = created["outputs"][0]
    return plntmnt.transactions.fulfill(
        plntmnt.transactions.prepare(
            operation="TRANSFER",
            assets=[created["id"]],
            inputs={
                "fulfillment": output["condition"]["details"],
                "fulfills": {"output_index": 0, "transaction_id": created["id"]},
                "owners_before": output["public_keys"],
            },
            recipients=[([to.public_key], 3)],
        ),
        private_keys=alice.private_key,
    )


moved = send(transfer(bob))

print(json.dumps({
    "sent": sent,
    "cid": cid,
    "info": plntmnt.info(),
    "retrieved": plntmnt.transactions.retrieve(created["id"]) == created,
    "double_spend": failure(lambda: plntmnt.transactions.send_commit(transfer(alice))),
    "history": [tx["id"] for tx in plntmnt.transactions.get(asset_ids=[created["id"]])],
    "unspent": plntmnt.outputs.get(bob.public_key, spent=False),
    "assets": plntmnt.assets.get(cid=cid),
    "block": plntmnt.blocks.get(txid=moved["id"]),
    "height": plntmnt.blocks.retrieve(block_height="2"),
}))
