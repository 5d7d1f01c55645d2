"""Uses bigchaindb-driver as its documentation does; prints what the server said as JSON."""

import json
import time
import sys

from bigchaindb_driver import BigchainDB
from bigchaindb_driver.crypto import generate_keypair
from bigchaindb_driver.exceptions import BadRequest, NotFoundError

bdb = BigchainDB(sys.argv[1])
alice, bob, carol = generate_keypair(), generate_keypair(), generate_keypair()
sent = []


def create(signers, keys, recipients, asset, metadata=None):
    prepared = bdb.transactions.prepare(
        operation="CREATE",
        signers=signers,
        recipients=recipients,
        asset=asset,
        metadata=metadata,
    )
    return send(bdb.transactions.fulfill(prepared, private_keys=keys))


def transfer_input(tx, index):
    output = tx["outputs"][index]
    return {
        "fulfillment": output["condition"]["details"],
        "fulfills": {"output_index": index, "transaction_id": tx["id"]},
        "owners_before": output["public_keys"],
    }


def transfer(tx, indexes, keys, recipients, asset_id):
    prepared = bdb.transactions.prepare(
        operation="TRANSFER",
        asset={"id": asset_id},
        inputs=[transfer_input(tx, index) for index in indexes],
        recipients=recipients,
    )
    return bdb.transactions.fulfill(prepared, private_keys=keys)


def send(fulfilled, how="send_commit"):
    answer = getattr(bdb.transactions, how)(fulfilled)
    assert answer == fulfilled, answer
    # In the other modes a block may come later.
    while failure(lambda: bdb.transactions.retrieve(fulfilled["id"])) is not None:
        time.sleep(0.01)
    sent.append(fulfilled["id"])
    return fulfilled


def failure(call):
    try:
        call()
    except (BadRequest, NotFoundError) as error:
        return [type(error).__name__, error.status_code, error.info]
    return None


bicycle = create(
    alice.public_key,
    alice.private_key,
    None,
    {"data": {"bicycle": {"serial_number": "abcd1234", "price": 1e16, "name": "Vélo"}}},
    {"planet": "earth"},
)
moved = send(
    transfer(bicycle, [0], alice.private_key, bob.public_key, bicycle["id"]), "send_sync"
)
again = transfer(bicycle, [0], alice.private_key, carol.public_key, bicycle["id"])

token = create(
    bob.public_key,
    bob.private_key,
    [([alice.public_key], 6), ([alice.public_key, carol.public_key], 4)],
    {"data": {"token": "time share"}},
)
parts = send(
    transfer(
        token,
        [0],
        alice.private_key,
        [([bob.public_key], 2), ([carol.public_key], 4)],
        token["id"],
    ),
    "send_async",
)
both = [alice.private_key, carol.private_key]
send(transfer(token, [1], both, [([carol.public_key], 4)], token["id"]))

print(json.dumps({
    "sent": sent,
    "info": bdb.info(),
    "api_info": bdb.api_info(),
    "retrieved": bdb.transactions.retrieve(bicycle["id"]) == bicycle,
    "missing": failure(lambda: bdb.transactions.retrieve("ab" * 32)),
    "double_spend": failure(lambda: bdb.transactions.send_commit(again)),
    "duplicate": failure(lambda: bdb.transactions.send_commit(bicycle)),
    "history": [tx["id"] for tx in bdb.transactions.get(asset_id=token["id"])],
    "transfers": [
        tx["id"] for tx in bdb.transactions.get(asset_id=token["id"], operation="TRANSFER")
    ],
    "unspent": bdb.outputs.get(carol.public_key, spent=False),
    "spent": bdb.outputs.get(alice.public_key, spent=True),
    "assets": bdb.assets.get(search="bicycle abcd1234"),
    "metadata": bdb.metadata.get(search="earth", limit=1),
    "height": bdb.blocks.get(txid=moved["id"]),
    "block": [tx["id"] for tx in bdb.blocks.retrieve(block_height="3")["transactions"]],
    "bicycle": bicycle["asset"],
}))
