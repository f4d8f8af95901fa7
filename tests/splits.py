"""Feeding bytes in pieces: whatever reads a stream must say the same, however the network cut it.

`make` builds a fresh object with `feed(bytes) -> list` and `close() -> list`: a decoder, a pipe, or a small adapter.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol


class Fed(Protocol):
    def feed(self, chunk: bytes, /) -> Sequence[Any]: ...

    def close(self) -> Sequence[Any]: ...


def run(make: Callable[[], Fed], chunks: Iterable[bytes]) -> list[Any]:
    """What comes out of one pass. Bytes are joined to one element, since their own cuts carry no meaning."""
    reader = make()
    out: list[Any] = []
    for chunk in chunks:
        out += reader.feed(chunk)
    out += reader.close()
    if out and all(isinstance(item, bytes) for item in out):
        return [b"".join(out)]
    return out


def same_at_every_split(
    make: Callable[[], Fed],
    data: bytes,
    expected: Sequence[Any] | None = None,
    offsets: Iterable[int] | None = None,
) -> list[Any]:
    """Runs whole, byte by byte, and cut in two at every offset (or at `offsets`: for large data see offsets_for).

    Each pass must give `expected`; without it, what the whole gave. Returns that.
    """
    first = run(make, [data])
    wanted = first if expected is None else list(expected)
    assert first == wanted
    assert run(make, [data[at : at + 1] for at in range(len(data))]) == wanted, "byte by byte"
    for offset in range(1, len(data)) if offsets is None else offsets:
        assert run(make, [data[:offset], data[offset:]]) == wanted, f"cut at {offset}"
    return wanted


def frame_boundaries(data: bytes) -> list[int]:
    """Where the frames of an SSE or NDJSON body end."""
    return [found.end() for found in re.finditer(rb"(?:\r\n|\r|\n)+", data)]


def offsets_for(data: bytes, seed: int, frame_boundaries: Iterable[int]) -> list[int]:
    """Two bytes around every frame boundary, and 200 seeded offsets; sorted, inside of the data."""
    offsets = {boundary + near for boundary in frame_boundaries for near in range(-2, 3)}
    picked = random.Random(seed)
    offsets.update(picked.randrange(1, len(data)) for _ in range(200) if len(data) > 1)
    return sorted(offset for offset in offsets if 0 < offset < len(data))
