import asyncio
import websockets
import json
async def listen():
    uri = "ws://localhost:2661/ws"
    async with websockets.connect(uri) as ws:
        # Subscribe to chain
        await ws.send(json.dumps({
            "action": "subscribe",
            "chain_name": "supply_chain"
        }))
        # Listen for messages
        async for message in ws:
            data = json.loads(message)
            if data["type"] == "new_block":
                print(f"🆕 New block: {data['data']['block_hash']}")
            elif data["type"] == "new_event":
                print(f"📝 New event: {data['data']['event_type']}")
            elif data["type"] == "pong":
                print("💚 Pong")
asyncio.run(listen())
