"""A WebSocket client by python3-websockets: websocket.py ORDER, with ORDER as JSON: url, host, port, ca, messages, binary, idle.

Connects to host and port whatever the URL names, takes the server's first message, then sends each message (or `binary` bytes) and waits for
its echo; with `idle` it is silent for so many seconds before the last one. Writes one line of JSON: greeting, echoes, code.
"""
import asyncio
import json
import ssl
import sys
import urllib.parse

import websockets


async def talk(order):
    place = {"host": order["host"], "port": order["port"]}
    if order["url"].startswith("wss:"):
        place["ssl"] = ssl.create_default_context(cafile=order["ca"])
        place["server_hostname"] = urllib.parse.urlsplit(order["url"]).hostname
    async with websockets.connect(order["url"], max_size=2**24, ping_interval=None, **place) as connection:
        greeting = json.loads(await connection.recv())
        echoes = []
        messages = list(order.get("messages", []))
        for index, message in enumerate(messages):
            if index == len(messages) - 1 and order.get("idle"):
                await asyncio.sleep(order["idle"])
            await connection.send(message)
            echoes.append(await connection.recv())
        if order.get("binary"):
            data = bytes(range(256)) * (order["binary"] // 256)
            await connection.send(data)
            echoes.append(await connection.recv() == data)
        pong = await connection.ping()
        await pong
    return {"greeting": greeting, "echoes": echoes, "code": connection.close_code}


def main():
    print(json.dumps(asyncio.run(talk(json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
