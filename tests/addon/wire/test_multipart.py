from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire import multipart
from addon.wire.multipart import HEAD_LIMIT, MOST_PARTS, boundary_of, parse
from tests.forms import AUDIO, form

DATA = st.binary(max_size=60).map(lambda data: data.replace(b"fake0boundary", b""))
NAMES = st.text("abcxyz_[]", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; charset=utf-8; Boundary="a b;c"', b"a b;c"),
        ("multipart/form-data;boundary=---WebKit123 ; x=y", b"---WebKit123"),
    ],
)
def test_boundary_of_a_content_type(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain"])
def test_a_content_type_without_a_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(ValueError, match="names no boundary"):
        boundary_of(content_type)


def test_parts_are_found_with_their_bytes() -> None:
    raw = form(("model", "whisper-1"), AUDIO, ("prompt", ""))
    model, file, prompt = parse(b"fake0boundary", raw)
    assert [raw[part.data_start : part.data_end] for part in (model, file, prompt)] == [b"whisper-1", AUDIO[3], b""]
    assert (model.filename, file.filename, file.content_type) == (None, "a.mp3", "audio/mpeg")
    assert raw[model.start : model.end].startswith(b"--fake0boundary\r\n")
    assert (model.end, file.end) == (file.start, prompt.start)
    assert raw[prompt.end :] == b"--fake0boundary--\r\n"


def test_what_stands_around_the_form_is_no_part() -> None:
    raw = b"a preamble\r\n" + form(("a", "1")) + b"an epilogue"
    (part,) = parse(b"fake0boundary", raw)
    assert raw[part.data_start : part.data_end] == b"1"
    assert raw[part.start :].startswith(b"--fake0boundary")


def test_a_form_without_parts() -> None:
    assert parse(b"b", b"--b--") == ()


@given(st.lists(st.tuples(NAMES, DATA), max_size=6))
def test_any_content_comes_out_as_it_was(fields: list[tuple[str, bytes]]) -> None:
    raw = form(*[(name, "f.bin", "application/octet-stream", data) for name, data in fields])
    found = parse(b"fake0boundary", raw)
    assert [(part.name, raw[part.data_start : part.data_end]) for part in found] == fields


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="a"; filename="x \\"y\\".wav"', "a", 'x "y".wav'),
        ("form-data; name=a; filename=b.wav", "a", "b.wav"),
        ('form-data; name="a"; filename="?"; filename*=UTF-8\'\'%e4%bd%a0.wav', "a", "你.wav"),
        ('form-data; name="a"; filename=""', "a", ""),
        ('form-data; NAME="ä"', "ä", None),
    ],
)
def test_names_in_every_notation(disposition: str, name: str, filename: str | None) -> None:
    raw = f"--b\r\ncontent-disposition: {disposition}\r\n\r\nx\r\n--b--".encode()
    (part,) = parse(b"b", raw)
    assert (part.name, part.filename) == (name, filename)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "does not hold the boundary"),
        (b'{"model": "m"}', "does not hold the boundary"),
        (b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx", "ends before its last boundary"),
        (b"--bX\r\n\r\n\r\n--b--", "not alone on its line"),
        (b"--b\r\nContent-Disposition: form-data; name=a\r\n--b--", "no blank line"),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "no name"),
        (b"--b\r\nX: " + b"y" * HEAD_LIMIT + b"\r\n\r\nx\r\n--b--", "are longer than"),
    ],
)
def test_what_is_no_form_is_refused_with_a_reason(raw: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(b"b", raw)


def test_a_part_may_have_no_headers_but_then_it_has_no_name() -> None:
    with pytest.raises(ValueError, match="no name"):
        parse(b"b", b"--b\r\n\r\nx\r\n--b--")


def test_a_form_of_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "MOST_PARTS", 2)
    assert MOST_PARTS == 1000
    assert len(parse(b"fake0boundary", form(("a", ""), ("b", "")))) == 2
    with pytest.raises(ValueError, match="more than 2 parts"):
        parse(b"fake0boundary", form(("a", ""), ("b", ""), ("c", "")))


def test_ten_megabytes_are_parsed_at_once() -> None:
    raw = form(("file", "a.wav", "audio/wav", b"\r\n-" * 3_500_000), ("model", "m"))
    assert [part.name for part in parse(b"fake0boundary", raw)] == ["file", "model"]
