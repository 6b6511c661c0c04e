# SPDX-License-Identifier: GPL-2.0-only
"""Many short HTTP connections, each with one request whose answer has to name the client's own address and port.

  short-connections.py ADDRESS PORT COUNT ENDING SOURCE_PORT SOURCE...

ENDING: `client` closes first, `member` closes first, `reset` ends with the client's RST. SOURCE_PORT: of every connection; 0: the
kernel chooses, and four processes work at a time. Prints {"answered": N, "errors": {NAME: N}}.
"""

import errno
import json
import multiprocessing
import socket
import struct
import sys
from collections import Counter

ADDRESS, PORT, COUNT, ENDING, SOURCE_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
SOURCES = sys.argv[6:]
PATIENCE = 60  # seconds until a missing answer is an error
KEEP = "close" if ENDING == "member" else "keep-alive"
REQUEST = f"GET / HTTP/1.1\r\nHost: {ADDRESS}\r\nConnection: {KEEP}\r\n\r\n".encode()


def answer(connection):
    """The whole answer; to the end of the stream where the member closes."""
    received = b""
    while ENDING == "member" or not received.endswith(b"}"):
        piece = connection.recv(4096)
        if not piece:
            break
        received += piece
    return received


def ask(source):
    with socket.socket() as connection:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind((source, SOURCE_PORT))
        connection.connect((ADDRESS, PORT))
        own = connection.getsockname()
        connection.sendall(REQUEST)
        expected = f'"client":"{own[0]}","clientPort":{own[1]}}}'.encode()
        if ENDING == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return "answered" if answer(connection).endswith(expected) else "wrong answer"


def work(worker):
    counts = Counter()
    for number in range(worker, COUNT, WORKERS):
        try:
            counts[ask(SOURCES[number % len(SOURCES)])] += 1
        except OSError as error:
            counts[errno.errorcode.get(error.errno, type(error).__name__)] += 1
    return counts


WORKERS = 1 if SOURCE_PORT else 4
with multiprocessing.Pool(WORKERS) as pool:
    total = sum(pool.map(work, range(WORKERS)), Counter())
print(json.dumps({"answered": total.pop("answered", 0), "errors": total}))
