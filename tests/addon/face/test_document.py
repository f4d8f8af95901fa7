from __future__ import annotations

import gzip
import zlib

import pytest

from addon.face.bad_request import BadRequest
from addon.face.document import MAX_DEPTH, read_object, unpack_body

JSON = "application/json"


def test_read_object_gives_the_object() -> None:
    assert read_object(JSON, '{"model":"m","n":1,"t":0.5,"x":"你好\\n\\ud83d\\ude00"}'.encode()) == {
        "model": "m",
        "n": 1,
        "t": 0.5,
        "x": "你好\n😀",
    }


def test_read_object_minds_no_missing_content_type() -> None:
    assert read_object("", b"{}") == {}
    assert read_object("text/plain", b"{}") == {}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "the request body is empty: send a JSON object"),
        (b" \n", "the request body is empty: send a JSON object"),
        (b'{"a":1,\n "b" 2}', "Expecting ':' delimiter (line 2, column 6)"),
        (b'{"a":', "Expecting value (line 1, column 6)"),
        (b"[1]", "must be a JSON object, not an array"),
        (b'"text"', "must be a JSON object, not a string"),
        (b"7", "must be a JSON object, not a number"),
        (b"null", "must be a JSON object, not null"),
        (b"true", "must be a JSON object, not a boolean"),
        (b'{"a":"\xff"}', "not UTF-8 (byte 6)"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":NaN}', "NaN is no JSON number"),
        (b'{"a":-Infinity}', "-Infinity is no JSON number"),
        (b'{"a":1e999}', "the number 1e999 is too large"),
        (b'{"a":' + b"9" * 5000 + b"}", "not usable JSON"),
        (b'{"model":"a","model":"b"}', "the key 'model' stands twice"),
        (b'{"x":{"a":1,"b":2,"a":3}}', "the key 'a' stands twice"),
        (b'{"a":"\\ud83d"}', "half a surrogate pair"),
        (b'{"\\uDE00":1}', "half a surrogate pair"),
        (b"[" * 100_000, "nested more than"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested more than"),
        (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "nested more than"),
    ],
)
def test_read_object_says_what_is_wrong(raw: bytes, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_object(JSON, raw)
    assert message in caught.value.message
    assert caught.value.code == "invalid_text_request"
    assert caught.value.param is None


def test_read_object_allows_nesting_up_to_its_bound_and_many_brackets_side_by_side() -> None:
    depth = MAX_DEPTH - 1
    assert read_object(JSON, b'{"a":' + b"[" * depth + b"]" * depth + b"}")
    assert len(read_object(JSON, b'{"a":[' + b"[]," * 1000 + b"{}]}")["a"]) == 1001


def test_read_object_says_that_a_form_is_no_json() -> None:
    with pytest.raises(BadRequest, match="this endpoint takes JSON, not multipart/form-data: send application/json"):
        read_object("multipart/form-data; boundary=x", b"--x--")


def test_unpack_body_undoes_gzip_and_deflate() -> None:
    for name, packed in (
        ("gzip", gzip.compress(b"{}")),
        (" GZIP", gzip.compress(b"{}")),
        ("deflate", zlib.compress(b"{}")),
        ("identity", b"{}"),
        ("", b"{}"),
    ):
        assert unpack_body(name, packed) == b"{}"


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("br", b"x", "content-encoding 'br' is not supported"),
        ("gzip", b"{}", "but it is not gzip"),
        ("gzip", gzip.compress(b"{}")[:-3], "ends too early"),
        ("gzip", gzip.compress(bytes(2000)), "larger than 1000 bytes"),
    ],
)
def test_unpack_body_says_what_is_wrong(name: str, raw: bytes, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        unpack_body(name, raw, limit=1000)
