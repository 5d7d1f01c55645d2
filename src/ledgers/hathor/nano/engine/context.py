"""What a contract is shown of the transaction that calls it."""

from hathorlib import TxVersion
from hathorlib.nanocontracts import types as nc
from hathorlib.nanocontracts.vertex_data import (
    NanoHeaderData,
    ScriptInfo,
    ScriptType,
    TxInputData,
    TxOutputData,
    VertexData,
)


def output_of(output):
    parsed = output["parsed"]
    return TxOutputData(
        value=int(output["value"]),
        raw_script=bytes.fromhex(output["script"]),
        parsed_script=parsed and ScriptInfo(
            type=ScriptType(parsed["type"]),
            address=parsed["address"],
            timelock=parsed["timelock"],
        ),
        token_data=output["tokenData"],
    )


def input_of(spent):
    return TxInputData(
        tx_id=vertex_id(spent["txId"]),
        index=spent["index"],
        data=bytes.fromhex(spent["data"]),
        info=spent["output"] and output_of(spent["output"]),
    )


def vertex_of(tx):
    call = tx["call"]
    header = NanoHeaderData(
        nc_seqnum=int(call["sequence"]),
        nc_id=vertex_id(call["contract"]),
        nc_method=call["method"],
        nc_args_bytes=bytes.fromhex(call["arguments"]),
    )
    return VertexData(
        version=TxVersion(tx["version"]),
        hash=bytes.fromhex(tx["hash"]),
        nonce=tx["nonce"],
        signal_bits=tx["signalBits"],
        work=int(tx["work"]),
        inputs=tuple(input_of(each) for each in tx["inputs"]),
        outputs=tuple(output_of(each) for each in tx["outputs"]),
        tokens=tuple(bytes.fromhex(uid) for uid in tx["tokens"]),
        parents=tuple(vertex_id(parent) for parent in tx["parents"]),
        headers=(header,),
    )


ACTIONS = {
    1: nc.NCDepositAction,
    2: nc.NCWithdrawalAction,
    3: nc.NCGrantAuthorityAction,
    4: nc.NCAcquireAuthorityAction,
}


def action_of(action):
    token = nc.TokenUid(bytes.fromhex(action["token"]))
    amount = int(action["amount"])
    make = ACTIONS[action["type"]]
    if action["type"] <= 2:
        return make(token_uid=token, amount=amount)
    return make(token_uid=token, mint=amount & 1 != 0, melt=amount & 2 != 0)


def vertex_id(text):
    return nc.VertexId(bytes.fromhex(text))
