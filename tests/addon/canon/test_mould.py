"""A mould gives what parsing gives, or says that it cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.canon.mould import LESSONS, Likeness, Mould, mould_of

PATH = ("choices", 0, "delta", "content")


def frame(text: str, **more: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": text}}], "usage": None, **more}


def packed(document: Any, ascii_only: bool = False) -> bytes:
    return json.dumps(document, ensure_ascii=ascii_only, separators=(",", ":")).encode("utf-8", "surrogatepass")


def mould(**more: Any) -> Mould:
    first = frame("Hel", **more)
    made = mould_of(packed(first), first, PATH, ("obfuscation",))
    assert made is not None
    return made


@given(st.text(), st.booleans())
def test_any_text_is_read_as_the_parser_reads_it(text: str, ascii_only: bool) -> None:
    assert mould().text(packed(frame(text), ascii_only)) == text


@given(st.text(st.characters(codec="ascii")), st.text(st.characters(codec="ascii")))
def test_padding_may_differ(text: str, padding: str) -> None:
    data = packed(frame(text, obfuscation=padding))
    assert mould(obfuscation="x9").text(data) == text


@given(st.binary(max_size=12), st.integers(0, 200))
def test_what_fits_is_what_the_parser_reads(noise: bytes, at: int) -> None:
    """Whatever is done to a frame: a mould that accepts it reads what json reads, and nothing else has changed."""
    good = packed(frame("Hello"))
    at %= len(good)
    bad = good[:at] + noise + good[at + len(noise) // 2 :]
    text = mould().text(bad)
    if text is not None:
        assert json.loads(bad) == frame(text)


@pytest.mark.parametrize(
    "other",
    [
        packed(frame("lo", usage={"total_tokens": 3})),
        packed({**frame("lo"), "id": "chatcmpl-2"}),
        packed(frame("lo"))[:-1],
        packed(frame("lo")) + b" ",
        packed(frame("lo")).replace(b"lo", b"l\xff"),
        packed(frame("lo")).replace(b"lo", b"l\no"),
        packed(frame("lo")).replace(b"lo", b"l\\o"),
        packed(frame("lo")).replace(b"lo", b'l"o'),
        b"[DONE]",
        b"",
    ],
)
def test_what_does_not_fit_has_to_be_parsed(other: bytes) -> None:
    assert mould().text(other) is None


def test_a_key_of_that_name_elsewhere_is_not_taken_for_it() -> None:
    first = {"content": "Hel", "note": '"content": "no"', "delta": {"content": "Hel"}}
    made = mould_of(packed(first), first, ("delta", "content"))
    assert made is not None
    assert made.text(packed({**first, "delta": {"content": "lo"}})) == "lo"
    assert made.text(packed({**first, "content": "lo"})) is None


def test_a_frame_that_says_a_key_twice_has_no_mould() -> None:
    data = b'{"a": "x", "a": "y"}'
    made = mould_of(data, json.loads(data), ("a",))
    assert made is not None
    assert made.text(b'{"a": "x", "a": "z"}') == "z"
    hidden = b'{"\\u0061": "x"}'
    assert mould_of(hidden, json.loads(hidden), ("a",)) is None


def test_padding_in_front_of_the_text_counts_as_a_part_of_the_frame() -> None:
    first = {"obfuscation": "x9", **frame("Hel")}
    made = mould_of(packed(first), first, PATH, ("obfuscation",))
    assert made is not None
    assert made.text(packed({**first, **frame("lo")})) == "lo"
    assert made.text(packed({"obfuscation": "y", **frame("lo")})) is None


def test_a_likeness_knows_the_frames_that_are_like_the_one_it_was_shown() -> None:
    likeness = Likeness(PATH, ("obfuscation",))
    assert likeness.text(packed(frame("Hel"))) is None
    likeness.learn(packed(frame("Hel")), frame("Hel"))
    assert likeness.text(packed(frame("lo"))) == "lo"
    assert likeness.text(packed(frame("lo", finish_reason="stop"))) is None


def test_a_frame_without_text_has_to_be_parsed() -> None:
    likeness = Likeness(PATH)
    likeness.learn(packed(frame("Hel")), frame("Hel"))
    assert likeness.text(packed(frame(""))) is None


def test_frames_that_are_never_alike_are_not_studied_for_ever() -> None:
    likeness = Likeness(PATH)
    for number in range(LESSONS + 1):
        likeness.learn(packed(frame("a", number=number)), frame("a", number=number))
    assert likeness.text(packed(frame("b", number=LESSONS - 1))) == "b"
    assert likeness.text(packed(frame("b", number=LESSONS))) is None
    likeness.learn(packed(frame("a", number=9)), frame("a", number=9))
    assert likeness.text(packed(frame("b", number=9))) == "b"


def test_what_is_no_document_has_no_mould() -> None:
    assert mould_of(b'{"a": "x" and more', {"a": "x"}, ("a",)) is None
