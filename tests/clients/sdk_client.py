"""Drives the Python SDK of hierachain, sync and async, and prints what it got as a line of JSON."""

import asyncio
import dataclasses
import json
import sys

from hierachain.sdk import (
    HieraChainAPIError,
    HieraChainAsyncClient,
    HieraChainClient,
    HieraChainClientConfig,
    CircuitOpenError,
)

EVENT = {"entity_id": "PROD-001", "event_type": "made", "details": {"quantity": 100, "price": 1.5}}


def config(base_url, **more):
    return HieraChainClientConfig(
        base_url=base_url, max_retries=0, initial_delay=0.01, timeout=60, **more
    )


def plain(value):
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value


class Sync:
    """The sync client, awaited as the async one is."""

    def __init__(self, client_config):
        self.client = HieraChainClient(client_config)

    def __getattr__(self, name):
        async def call(*args, **kwargs):
            return getattr(self.client, name)(*args, **kwargs)

        return call


async def attempt(call):
    try:
        return plain(await call)
    except (HieraChainAPIError, CircuitOpenError) as error:
        return {"raised": type(error).__name__}


async def drive(make, base_url, key, chain):
    client = make(config(base_url, api_key=key))
    results = {
        "health": await client.health_check(),
        "node": plain(await client.get_node_status()),
        "stats": plain(await client.get_chain_stats(chain)),
        "proof": await client.submit_proof(chain),
        "submit": plain(await client.submit_event(chain, EVENT)),
        "main": plain(await client.get_chain_stats("main_chain")),
        "genesis": await client.get_block(chain, 0),
        "trace": plain(await client.trace_entity("PROD-001", chain)),
        "trace_all": plain(await client.trace_entity("PROD-001")),
        "refused": plain(await client.submit_event(chain, {"entity_id": "only"})),
        "missing": await client.get_block("no_such_chain", 0),
        "failed": await attempt(client.submit_proof("no_such_chain")),
        "unavailable": await attempt(client._request("GET", "/api/ledger/network/ping/p")),
    }
    results["by_hash"] = await client.get_block(chain, results["genesis"]["hash"])
    await client.close()
    keyless = make(config(base_url))
    results["keyless"] = await keyless.get_block(chain, 0)
    results["keyless_health"] = await keyless.health_check()
    await keyless.close()
    gone = make(config("http://127.0.0.1:9"))
    results["gone"] = await gone.health_check()
    results["gone_submit"] = await attempt(gone.submit_event(chain, EVENT))
    await gone.close()
    return results


async def main():
    base_url, key = sys.argv[1:3]
    print(json.dumps({
        "sync": await drive(Sync, base_url, key, "sync_chain"),
        "async": await drive(HieraChainAsyncClient, base_url, key, "async_chain"),
    }))


asyncio.run(main())
