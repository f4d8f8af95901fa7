"""Origins of our own for traffic that is not ours: a TLS server with its own certificate, and raw requests to any port.

Knows sockets and certificates, nothing of the gateway.
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class PrefersHttp2(ssl.SSLContext):
    """For httpx, which would name http/1.1 first: mitmproxy takes the first (T11)."""

    @classmethod
    def trusting(cls, authority: Path) -> PrefersHttp2:
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority)
        return context

    def set_alpn_protocols(self, alpn_protocols: object) -> None:
        super().set_alpn_protocols(["h2", "http/1.1"])


def self_signed(path: Path, name: str) -> Path:
    """A PEM with key and certificate for `name` and 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def tls_server_context(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@dataclass(slots=True)
class TlsOrigin:
    """Says hello to everybody whose handshake worked."""

    port: int
    certificate: bytes
    greeting: bytes = b"hello from the origin itself"


@contextlib.contextmanager
def tls_origin(pem: Path, host: str = "127.0.0.1") -> Iterator[TlsOrigin]:
    certificate = x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(serialization.Encoding.DER)
    with socket.create_server((host, 0)) as listener:
        origin = TlsOrigin(listener.getsockname()[1], certificate)
        threading.Thread(target=_greet, args=(listener, tls_server_context(pem), origin), daemon=True).start()
        yield origin


def _greet(listener: socket.socket, context: ssl.SSLContext, origin: TlsOrigin) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            tls.sendall(origin.greeting)


def connect_through(port: int, target: str, headers: str = "", host: str = "127.0.0.1") -> tuple[socket.socket, bytes]:
    """The tunnel, and the head of the proxy's answer to CONNECT."""
    tunnel = socket.create_connection((host, port), timeout=10)
    tunnel.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{headers}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head and (more := tunnel.recv(1)):
        head += more
    return tunnel, head


def converse(port: int, request: bytes, host: str = "127.0.0.1") -> bytes:
    """Sends this and reads until the other side closes; the request should ask for that."""
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(request)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while more := connection.recv(65536):
        received += more
    return received
