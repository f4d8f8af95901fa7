"""One connection, one request at a time: how long until the first event, and the end? Blocking sockets.

Run as a process of its own. With `proxy_host` it asks through the proxy door: CONNECT, TLS with the given certificate,
then the same request. Knows HTTP/1.1 framing, nothing of the gateway.
"""

from __future__ import annotations

import json
import socket
import ssl
import statistics
import sys
import time
from dataclasses import dataclass, field

from scripts.benchmark.load import whole

TIMEOUT = 30.0


@dataclass(slots=True)
class Waits:
    """Seconds from a request to the first byte of its body's data, and to its end."""

    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    errors: int = 0
    sample: str = ""


def connected(port: int, proxy_host: str, certificate: str) -> socket.socket:
    """`proxy_host`: who is asked through the proxy on `port`, with the PEM in `certificate`; empty: `port` itself."""
    plain = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not proxy_host:
        return plain
    plain.sendall(f"CONNECT {proxy_host}:443 HTTP/1.1\r\nhost: {proxy_host}:443\r\n\r\n".encode())
    answer = plain.recv(65536)
    if b" 200 " not in answer.split(b"\r\n", 1)[0]:
        raise SystemExit(f"the proxy refused {proxy_host}: {answer[:200]!r}")
    return ssl.create_default_context(cadata=certificate).wrap_socket(plain, server_hostname=proxy_host)


def measured(connection: socket.socket, request: bytes, seconds: float) -> Waits:
    waits, until = Waits(), time.perf_counter() + seconds
    while time.perf_counter() < until:
        asked = time.perf_counter()
        connection.sendall(request)
        first, reply = one_reply(connection)
        if reply.startswith(b"HTTP/1.1 200"):
            waits.first.append(first - asked)
            waits.last.append(time.perf_counter() - asked)
            continue
        waits.errors += 1
        waits.sample = waits.sample or reply[:600].decode("utf-8", "replace")
        if not whole(reply):
            break
    return waits


def one_reply(connection: socket.socket) -> tuple[float, bytearray]:
    """When the first data came (the first event of a stream, the body of a document), and all bytes."""
    reply, first = bytearray(), 0.0
    while not whole(reply):
        data = connection.recv(262144)
        if not data:
            return first, bytearray(b"connection lost: ") + reply
        reply += data
        end = reply.find(b"\r\n\r\n") if not first else -1
        if end >= 0 and (b"data: " in reply[end:] or b"{" in reply[end:]):
            first = time.perf_counter()
    return first, reply


def main() -> None:
    asked = json.load(sys.stdin)
    connection = connected(asked["port"], asked["proxy_host"], asked["certificate"])
    waits = measured(connection, asked["request"].encode(), asked["seconds"])
    facts = {
        "first_ms": 1000 * statistics.median(waits.first or [0.0]),
        "last_ms": 1000 * statistics.median(waits.last or [0.0]),
        "requests": len(waits.last),
        "errors": waits.errors,
        "sample": waits.sample,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
