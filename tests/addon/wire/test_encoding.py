from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Sequence

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from addon.canon.frame import Frame
from addon.wire.encoding import Unpacker, Unpacking, unpack, unpacker_for
from addon.wire.sse import Decoder
from tests.splits import same_at_every_split

TEXT = b"data: hello\n\ndata: world\n\n" * 3


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKED = [
    ("gzip", gzip.compress(TEXT)),
    ("X-GZIP", gzip.compress(TEXT)),
    ("gzip", gzip.compress(TEXT[:20]) + gzip.compress(TEXT[20:])),
    ("gzip", gzip.compress(TEXT) + bytes(8)),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", raw_deflate(TEXT)),
    ("br", brotli.compress(TEXT)),
    ("zstd", zstandard.compress(TEXT)),
    ("zstd", zstandard.compress(TEXT[:20]) + zstandard.compress(TEXT[20:])),
    ("gzip, br", brotli.compress(gzip.compress(TEXT))),
    ("identity, gzip", gzip.compress(TEXT)),
]


class Pieces:
    """An unpacker as something that gives pieces."""

    def __init__(self, unpacker: Unpacker) -> None:
        self._unpacker = unpacker

    def feed(self, chunk: bytes) -> Sequence[bytes]:
        return [self._unpacker.feed(chunk)]

    def close(self) -> Sequence[bytes]:
        return [self._unpacker.close()]


@pytest.mark.parametrize(("name", "packed"), PACKED)
def test_unpacker_undoes_the_encoding_however_it_is_cut(name: str, packed: bytes) -> None:
    def make() -> Pieces:
        unpacker = unpacker_for(name)
        assert unpacker is not None
        return Pieces(unpacker)

    same_at_every_split(make, packed, [TEXT])


@pytest.mark.parametrize(("name", "packed"), PACKED)
def test_unpacking_gives_the_frames_of_a_compressed_stream(name: str, packed: bytes) -> None:
    def make() -> Unpacking:
        unpacker = unpacker_for(name)
        assert unpacker is not None
        return Unpacking(unpacker, Decoder())

    same_at_every_split(make, packed, [Frame(b"hello"), Frame(b"world")] * 3)


@pytest.mark.parametrize("name", ["", "identity", " Identity "])
def test_nothing_is_to_be_done_for_identity(name: str) -> None:
    assert unpacker_for(name) is None
    assert unpack(name, TEXT) == TEXT


@pytest.mark.parametrize(("name", "packed"), [PACKED[0], PACKED[4], PACKED[5], *PACKED[6:8], PACKED[9]])
def test_a_body_that_was_cut_is_told(name: str, packed: bytes) -> None:
    with pytest.raises(ValueError, match="ends too early"):
        unpack(name, packed[:-1])


def test_half_a_deflate_header_is_a_cut_body() -> None:
    with pytest.raises(ValueError, match="ends too early"):
        unpack("deflate", b"\x78")


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_an_empty_body_is_empty_in_any_encoding(name: str) -> None:
    assert unpack(name, b"") == b""


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_what_it_says_is_told(name: str) -> None:
    with pytest.raises(ValueError, match=f"is not {name}"):
        unpack(name, b"<html>this was never packed</html>" * 5)


@pytest.mark.parametrize(
    ("name", "bomb"),
    [
        ("gzip", gzip.compress(bytes(10_000_000))),
        ("deflate", zlib.compress(bytes(10_000_000))),
        ("br", brotli.compress(bytes(10_000_000), quality=1)),
        ("zstd", zstandard.compress(bytes(10_000_000))),
    ],
)
def test_a_bomb_is_refused(name: str, bomb: bytes) -> None:
    with pytest.raises(ValueError, match="too large"):
        unpack(name, bomb, limit=1_000_000)


def test_a_body_that_just_fits_is_unpacked() -> None:
    assert unpack("gzip", gzip.compress(bytes(1000)), limit=1000) == bytes(1000)


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(ValueError, match="'compress', which cannot be unpacked"):
        unpacker_for("compress")


@pytest.mark.parametrize(("name", "module"), [("br", "brotli"), ("zstd", "zstandard")])
def test_an_encoding_whose_module_is_missing_is_named(name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValueError, match=f"the module {module} is not installed"):
        unpacker_for(name)
