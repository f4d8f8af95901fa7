"""Connections that failed, as faults in words of ours. Pure; must not know mitmproxy, whose messages it reads."""

from __future__ import annotations

from addon.canon.fault import Fault, FaultKind

REASONS: tuple[tuple[str, str], ...] = (
    ("refused", "connection refused"),
    ("Errno 111]", "connection refused"),  # asyncio's text is "Connect call failed", in each case
    ("Errno 61]", "connection refused"),
    ("Errno 113]", "no route to it"),
    ("Errno 101]", "no route to it"),
    ("Errno 110]", "the connection timed out"),
    ("gateway", "the address leads back to this gateway"),
    ("getaddrinfo", "its name cannot be resolved"),
    ("Name or service", "its name cannot be resolved"),
    ("No address", "its name cannot be resolved"),
    ("ertificate verify failed", "its certificate is not trusted"),
    ("TLS", "the TLS handshake failed"),
    ("unreachable", "no route to it"),
    ("timed out", "the connection timed out"),
    ("parse HTTP", "it does not speak HTTP"),
)


def transport_fault(message: str) -> Fault:
    """A connection that failed, in words of ours: mitmproxy's name addresses, and a base URL can hold a secret."""
    reason = next((words for pattern, words in REASONS if pattern in message), "the connection was closed")
    return Fault(FaultKind.TRANSPORT, 502, f"The provider could not be reached: {reason}.", code="do_request_failed")
