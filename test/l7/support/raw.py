"""Bytes as they are over TCP or TLS: raw.py ORDER, with ORDER as JSON: address, port, tls (bool), steps, patience (s).

Each step is {"send": text in latin-1}, {"send": text, "repeat": N}, {"drip": text, "every": s}: one byte at a time, {"pause": s}, or
{"await": text}: reads until that text has come. Afterwards it reads until the other side closes, `patience` is over or, with `until`, that text has come.
Writes one line of JSON: received (latin-1), how it ended (closed, reset, open, refused), seconds since the connection was made.
"""
import json
import select
import socket
import ssl
import sys
import time


class Ended(Exception):
    """The other side has ended it; the argument says how."""


class Talk:
    def __init__(self, order):
        self.received = b""
        self.started = time.monotonic()
        self.deadline = self.started + order.get("patience", 5)
        self.socket = socket.create_connection((order["address"], order["port"]), 5)
        if order.get("tls"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket, server_hostname=order.get("name"))

    def read(self, seconds):
        """Takes what comes within so many seconds; False when nothing did."""
        pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
        if not pending and not select.select([self.socket], [], [], max(0, seconds))[0]:
            return False
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            raise Ended("reset") from None
        except ssl.SSLError:
            raise Ended("closed") from None
        if not data:
            raise Ended("closed")
        self.received += data
        return True

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            self.drain()
            raise Ended("reset") from None

    def drain(self):
        """What came before a reset is still there to be read."""
        try:
            while self.read(0):
                pass
        except Ended:
            pass

    def drip(self, data, every):
        for index in range(len(data)):
            self.send(data[index : index + 1])
            if time.monotonic() > self.deadline:
                raise Ended("open")
            self.read(every)

    def wait_for(self, text):
        while text not in self.received:
            if not self.read(self.deadline - time.monotonic()):
                raise Ended("open")

    def step(self, step):
        if "pause" in step:
            end = time.monotonic() + step["pause"]
            while time.monotonic() < end:
                self.read(end - time.monotonic())
        elif "await" in step:
            self.wait_for(step["await"].encode("latin-1"))
        elif "drip" in step:
            self.drip(step["drip"].encode("latin-1"), step["every"])
        else:
            self.send(step["send"].encode("latin-1") * step.get("repeat", 1))


def run(order):
    try:
        talk = Talk(order)
    except (ConnectionRefusedError, ConnectionResetError, socket.timeout, ssl.SSLError) as error:
        return {"received": "", "ended": "refused", "seconds": 0, "error": str(error)}
    try:
        for step in order["steps"]:
            talk.step(step)
        if "until" in order:
            talk.wait_for(order["until"].encode("latin-1"))
        while "until" not in order and talk.read(talk.deadline - time.monotonic()):
            pass
        ended = "open"
    except Ended as end:
        ended = str(end)
    return {"received": talk.received.decode("latin-1"), "ended": ended, "seconds": time.monotonic() - talk.started}


def main():
    print(json.dumps(run(json.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
