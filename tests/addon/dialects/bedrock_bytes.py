"""Bedrock's replies as the tests see them: binary streams taken apart without the product's code.

Must not know any dialect.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from addon.pipe import Pipe
from tests.addon.dialects.native import Reading
from tests.addon.wire.messages import event
from tests.recordings import Recording
from tests.splits import offsets_for, same_at_every_split

EVENT_STREAM = "application/vnd.amazon.eventstream"


class BinaryReading(Reading):
    """A dialect at work on binary streams."""

    def pipe(self, framing: str = EVENT_STREAM) -> Pipe:
        return super().pipe(framing)

    def split(self, recording: Recording) -> bytes:
        data = recording.body
        ends = list(boundaries(data))
        # The decoder's own tests cut at every offset: of a long stream some forty messages do.
        offsets = offsets_for(data, seed=len(data), frame_boundaries=ends[:: len(ends) // 40 + 1])
        [out] = same_at_every_split(self.pipe, data, [self.streamed(data)], offsets)
        assert isinstance(out, bytes)
        return out


def boundaries(data: bytes) -> Iterator[int]:
    """Where the messages of a binary stream end."""
    at = 0
    while at < len(data):
        at += struct.unpack_from(">I", data, at)[0]
        yield at


def events_in(data: bytes) -> Iterator[tuple[str, Any]]:
    """(event type, document) of each message; the documents inside of chunks are unpacked."""
    at = 0
    while at < len(data):
        total, length = struct.unpack_from(">II", data, at)
        headers = data[at + 12 : at + 12 + length]
        name = headers.split(b":event-type\x07", 1)[1]
        kind = name[2 : 2 + struct.unpack(">H", name[:2])[0]].decode()
        document = json.loads(data[at + 12 + length : at + total - 4])
        if kind == "chunk":
            document = json.loads(base64.b64decode(document["bytes"]))
        yield kind, document
        at += total


def stream(*events: tuple[str, Mapping[str, Any]]) -> bytes:
    """A binary stream of these events."""
    return b"".join(event(kind, json.dumps(document).encode()) for kind, document in events)


def chunks(*documents: Mapping[str, Any]) -> bytes:
    """A stream of InvokeModel."""
    packed = [base64.b64encode(json.dumps(document).encode()).decode() for document in documents]
    return stream(*(("chunk", {"bytes": data, "p": "abc"}) for data in packed))
