"""A recorded body's frames, taken apart without the product's code. Must not know what they mean."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any


def frames(body: bytes, framing: str) -> list[tuple[str, Any]]:
    """(event name, document) of each frame; a whole document is one frame."""
    match framing:
        case "sse":
            return list(events_of(body.decode()))
        case "ndjson":
            return [("", json.loads(line)) for line in body.splitlines() if line.strip()]
        case "eventstream":
            return list(messages_in(body))
        case "json-array":
            return [("", one) for one in json.loads(body)]
    return [("", json.loads(body))]


def events_of(text: str) -> Iterator[tuple[str, Any]]:
    for block in text.replace("\r\n", "\n").split("\n\n"):
        name, data = "", []
        for line in block.split("\n"):
            key, _, value = line.partition(":")
            if key == "event":
                name = value.strip()
            elif key == "data":
                data.append(value.removeprefix(" "))
        joined = "\n".join(data).strip()
        if joined and joined.strip('"') != "[DONE]":
            yield name, json.loads(joined)


def messages_in(data: bytes) -> Iterator[tuple[str, Any]]:
    """AWS's binary messages: total length, length of headers, checksum, headers, payload, checksum."""
    at = 0
    while at < len(data):
        total, length = struct.unpack_from(">II", data, at)
        names = dict(headers_in(data[at + 12 : at + 12 + length]))
        document = json.loads(data[at + 12 + length : at + total - 4])
        at += total
        if "bytes" in document:
            yield "chunk", json.loads(base64.b64decode(document["bytes"]))
        else:
            yield names.get(":event-type") or names.get(":exception-type", ""), document


def headers_in(data: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        (size,) = struct.unpack_from(">H", data, end + 1)
        yield data[at + 1 : end].decode(), data[end + 3 : end + 3 + size].decode()
        at = end + 3 + size
