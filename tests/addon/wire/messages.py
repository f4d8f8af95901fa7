"""AWS event-stream messages, written without the decoder's code (Smithy's specification of the encoding)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping


def text_header(name: str, value: str) -> bytes:
    return header(name, 7, struct.pack(">H", len(value.encode())) + value.encode())


def header(name: str, kind: int, value: bytes) -> bytes:
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def message(headers: bytes | Mapping[str, str], payload: bytes = b"") -> bytes:
    if not isinstance(headers, bytes):
        headers = b"".join(text_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    begun = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return begun + struct.pack(">I", zlib.crc32(begun))


def event(kind: str, payload: bytes) -> bytes:
    return message(
        {":event-type": kind, ":content-type": "application/json", ":message-type": "event"},
        payload,
    )


def exception(kind: str, payload: bytes) -> bytes:
    return message({":exception-type": kind, ":message-type": "exception"}, payload)
