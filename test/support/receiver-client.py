# SPDX-License-Identifier: GPL-2.0-only
"""A TCP client made by hand, for options that no kernel sends.

Reads one JSON request a line from stdin and answers each with one JSON line. Requests name a connection by `id`:

  {"op": "connect", "id": 1, "source": ADDRESS, "to": ADDRESS, "port": N,
   "syn": HEX, "ack": HEX, "syn_data": TEXT, "multipath": BOOL}  -> {}         handshake; HEX are TCP options
  {"op": "send", "id": 1, "data": TEXT, "options": HEX}          -> {}
  {"op": "receive", "id": 1, "until": TEXT}                      -> {"data"}   up to TEXT, or up to FIN without it
  {"op": "close", "id": 1}                                       -> {}

The kernel knows nothing of these connections and would reset them: its RSTs have to be dropped in this namespace.
"""

import json
import select
import socket
import struct
import sys
import time

FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16
PATIENCE = 20  # seconds until a missing answer is an error
MULTIPATH_SYN = bytes.fromhex("1e040101")
CLIENT_KEY = bytes.fromhex("0123456789abcdef")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def multipath_key(options):
    """The server's key in the MP_CAPABLE option of a SYN-ACK."""
    while options:
        kind = options[0]
        if kind == 30:
            return options[4:12]
        if kind == 0:
            break
        options = options[1:] if kind == 1 else options[options[1] :]
    raise RuntimeError("the server does not speak MPTCP")


class Connection:
    next_port = 40000

    def __init__(self, source, to, port):
        Connection.next_port += 1
        self.source, self.to, self.port, self.own_port = source, to, port, Connection.next_port
        self.sequence, self.expected = 1000 * self.own_port, 0
        self.received, self.finished, self.syn_ack = b"", False, None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self.socket.bind((source, 0))

    def transmit(self, flags, options=b"", data=b""):
        options += b"\1" * (-len(options) % 4)
        offset = (20 + len(options)) // 4 << 4
        header = struct.pack("!HHIIBBHHH", self.own_port, self.port, self.sequence, self.expected, offset, flags, 65535, 0, 0)
        segment = header + options + data
        pseudo = socket.inet_aton(self.source) + socket.inet_aton(self.to) + struct.pack("!HH", 6, len(segment))
        total = struct.pack("!H", checksum(pseudo + segment))
        self.socket.sendto(segment[:16] + total + segment[18:], (self.to, 0))
        self.sequence += len(data) + bool(flags & SYN) + bool(flags & FIN)

    def take(self, packet):
        """One packet of this connection, from its IP header on."""
        header = (packet[0] & 15) * 4
        segment = packet[header : struct.unpack("!H", packet[2:4])[0]]
        sequence, _, offset, flags = struct.unpack("!IIBB", segment[4:14])
        data = segment[(offset >> 4) * 4 :]
        if flags & RST:
            raise RuntimeError("connection reset by the server")
        if flags & SYN:
            self.syn_ack, self.expected = segment[20 : (offset >> 4) * 4], sequence + 1
        elif sequence == self.expected and (data or flags & FIN):
            self.received += data
            self.finished = bool(flags & FIN)
            self.expected += len(data) + self.finished
            self.transmit(ACK)

    def wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            ready, _, _ = select.select([self.socket], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise RuntimeError(f"no {what} from {self.to}:{self.port}")
            packet = self.socket.recv(65536)
            header = (packet[0] & 15) * 4
            ports = struct.unpack("!HH", packet[header : header + 4])
            if socket.inet_ntoa(packet[12:16]) == self.to and ports == (self.port, self.own_port):
                self.take(packet)


def connect(request):
    connection = Connection(request["source"], request["to"], request["port"])
    multipath = request.get("multipath", False)
    syn = (MULTIPATH_SYN if multipath else b"") + bytes.fromhex(request.get("syn", ""))
    connection.transmit(SYN, syn, request.get("syn_data", "").encode())
    connection.wait(lambda: connection.syn_ack is not None, "SYN-ACK")
    ack = bytes.fromhex(request.get("ack", ""))
    if multipath:
        ack += bytes.fromhex("1e140101") + CLIENT_KEY + multipath_key(connection.syn_ack)
    connection.transmit(ACK, ack)
    return connection


def receive(connection, until):
    wanted = until.encode() if until else None
    connection.wait(lambda: wanted in connection.received if wanted else connection.finished, "data")
    end = connection.received.index(wanted) + len(wanted) if wanted else len(connection.received)
    data, connection.received = connection.received[:end], connection.received[end:]
    return {"data": data.decode()}


def answer(request, connections):
    operation, name = request["op"], request["id"]
    if operation == "connect":
        connections[name] = connect(request)
        return {}
    connection = connections[name]
    if operation == "send":
        connection.transmit(PUSH | ACK, bytes.fromhex(request.get("options", "")), request["data"].encode())
        return {}
    if operation == "receive":
        return receive(connection, request.get("until"))
    connection.transmit(FIN | ACK)
    connection.wait(lambda: connection.finished, "FIN")
    connection.socket.close()
    del connections[name]
    return {}


def main():
    connections = {}
    for line in sys.stdin:
        try:
            result = answer(json.loads(line), connections)
        except (RuntimeError, OSError) as error:
            result = {"error": str(error)}
        print(json.dumps(result), flush=True)


main()
