from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.canon.frame import Frame
from addon.wire.framer import FrameTooLarge
from addon.wire.jsonarray import Decoder
from tests.splits import run, same_at_every_split


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (b"", []),
        (b"[]", []),
        (b'[{"a":1},\r\n{"b":2}\r\n]', [Frame(b'{"a":1}'), Frame(b'{"b":2}')]),
        (b'[{"a":[{"b":"}]{["}]}\n,\n{}]', [Frame(b'{"a":[{"b":"}]{["}]}'), Frame(b"{}")]),
        (rb'[{"a":"\"}\\"},{"b":"\\\""}]', [Frame(rb'{"a":"\"}\\"}'), Frame(rb'{"b":"\\\""}')]),
        (b'{"error":{"code":400}}', [Frame(b'{"error":{"code":400}}')]),
        (b'\xef\xbb\xbf[{"a":1}]', [Frame(b'{"a":1}')]),
        (b'[{"a":1}', [Frame(b'{"a":1}')]),
    ],
)
def test_decoder_gives_a_frame_per_element(data: bytes, frames: list[Frame]) -> None:
    same_at_every_split(Decoder, data, frames)


@pytest.mark.parametrize("data", [b"<html>", b"[1,2]", b'"text"'])
def test_decoder_refuses_what_holds_no_objects(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an array"):
        run(Decoder, [data])


@pytest.mark.parametrize("data", [b'[{"a":1},{"b"', b'[{"a":"x', b'{"a":"\\'])
def test_decoder_says_that_the_array_was_cut(data: bytes) -> None:
    with pytest.raises(ValueError, match="in the middle"):
        run(Decoder, [data])


def test_decoder_refuses_an_element_beyond_its_limit() -> None:
    with pytest.raises(FrameTooLarge):
        Decoder(limit=10).feed(b'[{"a":"' + b"x" * 20)


def test_decoder_takes_an_element_of_two_megabytes_in_small_pieces() -> None:
    data = b'[{"a":"' + b"x" * 2_000_000 + b'"}]'
    assert run(Decoder, [data[at : at + 100] for at in range(0, len(data), 100)]) == [Frame(data[1:-1])]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), json_values, max_size=3), max_size=4), st.booleans(), st.integers(1, 7))
def test_any_array_of_objects_comes_out_as_its_elements(elements: list[object], ascii: bool, step: int) -> None:
    data = json.dumps(elements, ensure_ascii=ascii, indent=step - 1 or None).encode("utf-8", "replace")
    wanted = json.loads(data)
    frames = run(Decoder, [data[at : at + step] for at in range(0, len(data), step)])
    assert [json.loads(frame.data) for frame in frames] == wanted
