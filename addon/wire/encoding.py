"""Content decoding, chunk by chunk, for a reply that is compressed although we asked for `identity` (M7).

Must not know what the bytes are. Brotli and zstd work where their modules are installed (mitmproxy brings them).
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from addon.canon.frame import Frame
from addon.wire import Decoder

OUTPUT_LIMIT = 64 * 1024 * 1024
"""Bytes that one reply may unpack to: some hundred times the longest answers."""

_SLICE = 64
"""Bytes given at once to codecs that cannot bound their output, so that a small bomb stays small."""


class Unpacker(Protocol):
    """Unpacks one body. Both methods raise ValueError on garbage and beyond the limit."""

    def feed(self, chunk: bytes) -> bytes:
        """What this chunk unpacks to; may be empty."""
        ...

    def close(self) -> bytes:
        """The rest. Raises ValueError for a body that was cut."""
        ...


def unpacker_for(content_encoding: str, limit: int = OUTPUT_LIMIT) -> Unpacker | None:
    """What undoes this content-encoding; None: nothing is to be done. Raises ValueError for one we cannot undo."""
    names = [name.strip().lower() for name in content_encoding.split(",")]
    unpackers = [_unpacker(name, limit) for name in reversed(names) if name not in ("", "identity")]
    if len(unpackers) > 1:
        return _Chain(unpackers)
    return unpackers[0] if unpackers else None


def unpack(content_encoding: str, body: bytes, limit: int = OUTPUT_LIMIT) -> bytes:
    """A whole body without its content-encoding. Raises ValueError."""
    unpacker = unpacker_for(content_encoding, limit)
    return body if unpacker is None else unpacker.feed(body) + unpacker.close()


class Unpacking:
    """A decoder for the frames of a compressed reply."""

    def __init__(self, unpacker: Unpacker, decoder: Decoder) -> None:
        self._unpacker = unpacker
        self._decoder = decoder

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes."""
        return self._decoder.feed(self._unpacker.feed(chunk))

    def close(self) -> list[Frame]:
        """What is left when the body has ended."""
        return self._decoder.feed(self._unpacker.close()) + self._decoder.close()


def _unpacker(name: str, limit: int) -> Unpacker:
    if name in ("gzip", "x-gzip"):
        return _Zlib(name, limit, zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _Zlib(name, limit, zlib.MAX_WBITS)
    if name == "br":
        return _brotli(limit)
    if name == "zstd":
        return _zstd(limit)
    raise ValueError(f"the reply has content-encoding {name!r}, which cannot be unpacked here")


def _module(name: str, encoding: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ValueError(
            f"the reply has content-encoding {encoding!r}, and the module {name} is not installed"
        ) from None


class _Zlib:
    """gzip and deflate; a gzip body may have several members, a deflate body may lack zlib's header."""

    def __init__(self, name: str, limit: int, wbits: int) -> None:
        self._name = name
        self._room = limit
        self._wbits = wbits
        self._unpacker = zlib.decompressobj(wbits)
        self._head = b""
        self._begun = False

    def feed(self, chunk: bytes) -> bytes:
        chunk = self._head + chunk
        self._head = b""
        if not self._begun and self._name == "deflate":
            if len(chunk) < 2:
                self._head = chunk
                return b""
            self._without_header_if_raw(chunk)
        self._begun = self._begun or bool(chunk)
        out = []
        while chunk:
            out.append(self._some(chunk))
            chunk = self._unpacker.unused_data
            if chunk:
                if not chunk.strip(b"\0"):  # padding behind the last member
                    break
                self._unpacker = zlib.decompressobj(self._wbits)
        return b"".join(out)

    def close(self) -> bytes:
        if self._head or (self._begun and not self._unpacker.eof):
            raise ValueError(f"the {self._name} body ends too early")
        return b""

    def _without_header_if_raw(self, chunk: bytes) -> None:
        """zlib's header: method 8, and two bytes that are a multiple of 31."""
        if chunk[0] & 0x0F != 8 or int.from_bytes(chunk[:2], "big") % 31:
            self._wbits = -zlib.MAX_WBITS
            self._unpacker = zlib.decompressobj(self._wbits)

    def _some(self, chunk: bytes) -> bytes:
        try:
            # One byte more than there is room for tells a full body from one that is too large.
            out = self._unpacker.decompress(chunk, self._room + 1)
        except zlib.error:
            raise ValueError(f"the body says content-encoding {self._name}, but it is not {self._name}") from None
        self._room -= len(out)
        if self._room < 0:
            raise _too_large()
        return out


class _Sliced:
    """A codec that takes bytes and gives bytes, without a bound of its own."""

    def __init__(
        self,
        name: str,
        limit: int,
        decompress: Callable[[bytes], bytes],
        at_end: Callable[[], bool],
        error: type[Exception],
    ) -> None:
        self._name = name
        self._room = limit
        self._decompress = decompress
        self._at_end = at_end
        self._error = error
        self._begun = False

    def feed(self, chunk: bytes) -> bytes:
        self._begun = self._begun or bool(chunk)
        out = []
        for start in range(0, len(chunk), _SLICE):
            try:
                piece = self._decompress(chunk[start : start + _SLICE])
            except self._error:
                raise ValueError(f"the body says content-encoding {self._name}, but it is not {self._name}") from None
            self._room -= len(piece)
            if self._room < 0:
                raise _too_large()
            out.append(piece)
        return b"".join(out)

    def close(self) -> bytes:
        if self._begun and not self._at_end():
            raise ValueError(f"the {self._name} body ends too early")
        return b""


def _brotli(limit: int) -> Unpacker:
    brotli = _module("brotli", "br")
    codec = brotli.Decompressor()
    return _Sliced("br", limit, codec.process, codec.is_finished, brotli.error)


def _zstd(limit: int) -> Unpacker:
    zstandard = _module("zstandard", "zstd")
    frames = _ZstdFrames(zstandard.ZstdDecompressor().decompressobj)
    return _Sliced("zstd", limit, frames.process, frames.at_end, zstandard.ZstdError)


class _ZstdFrames:
    """A body may be several zstd frames; each needs a codec of its own."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._codec = make()

    def process(self, chunk: bytes) -> bytes:
        out = b""
        while chunk:
            if self._codec.eof:
                self._codec = self._make()
            out += self._codec.decompress(chunk)
            chunk = self._codec.unused_data
        return out

    def at_end(self) -> bool:
        return bool(self._codec.eof)


class _Chain:
    """Several encodings, the last applied first."""

    def __init__(self, unpackers: list[Unpacker]) -> None:
        self._unpackers = unpackers

    def feed(self, chunk: bytes) -> bytes:
        for unpacker in self._unpackers:
            chunk = unpacker.feed(chunk)
        return chunk

    def close(self) -> bytes:
        rest = b""
        for unpacker in self._unpackers:
            rest = unpacker.feed(rest) + unpacker.close()
        return rest


def _too_large() -> ValueError:
    return ValueError("the compressed reply is too large once it is unpacked")
