"""TLS handshakes, each with a new connection and never resumed: handshakes.py ADDRESS PORT SECONDS CONCURRENCY.

Several at a time, in one process per CPU. Each handshake is followed by one request, whose answer shows that the connection is good.
Writes one line of JSON: seconds, a list of the time each connection took from connect() to the answer in ms, and failures.
"""
import heapq
import json
import multiprocessing
import os
import selectors
import socket
import ssl
import sys
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: bench.example\r\nConnection: close\r\n\r\n"
TIMEOUT = 10.0


def make_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    # The signature of the handshake is verified nevertheless.
    context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """One handshake, one request, one answer."""

    def __init__(self, context, address):
        self.started = time.monotonic()
        raw = socket.create_connection(address, TIMEOUT)
        raw.setblocking(False)
        # A session is never handed over, so nothing can be resumed.
        self.socket = context.wrap_socket(raw, do_handshake_on_connect=False, suppress_ragged_eofs=True)
        self.shaken = False

    def step(self):
        """Goes as far as it can: what it waits for next, or None when the answer is there. Raises OSError."""
        try:
            if not self.shaken:
                self.socket.do_handshake()
                self.shaken = True
                self.socket.send(REQUEST)
            if not self.socket.recv(4096).startswith(b"HTTP/1.1 200"):
                raise OSError("not answered with 200")
            return None
        except ssl.SSLWantReadError:
            return selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE


def run(address, seconds, concurrency):
    context = make_context()
    selector = selectors.DefaultSelector()
    took, failures = [], 0
    end = time.monotonic() + seconds

    def begin():
        connection = Connection(context, address)
        selector.register(connection.socket, selectors.EVENT_WRITE, connection)

    for _ in range(concurrency):
        begin()
    while selector.get_map():
        for key, _ in selector.select(TIMEOUT):
            connection = key.data
            try:
                wanted = connection.step()
                if wanted is not None:
                    if wanted != key.events:
                        selector.modify(connection.socket, wanted, connection)
                    continue
                took.append((time.monotonic() - connection.started) * 1000)
            except OSError:
                failures += 1
            selector.unregister(connection.socket)
            connection.socket.close()
            if time.monotonic() < end:
                begin()
        if time.monotonic() > end + TIMEOUT:
            raise SystemExit("connections are not answered")
    return took, failures


def work(arguments):
    return run(*arguments)


def main():
    host, port, seconds, concurrency = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    processes = len(os.sched_getaffinity(0))
    each = ((host, port), seconds, max(1, concurrency // processes))
    started = time.monotonic()
    with multiprocessing.Pool(processes) as pool:
        results = pool.map(work, [each] * processes, chunksize=1)
    elapsed = time.monotonic() - started
    took = list(heapq.merge(*(sorted(part) for part, _ in results)))
    json.dump({"seconds": elapsed, "took": took, "failures": sum(failed for _, failed in results)}, sys.stdout)


if __name__ == "__main__":
    main()
