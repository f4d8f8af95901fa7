"""The bytes of a request to a JSON object, strictly: what we accept, every provider reads in the same way.

Must not know what the object asks for.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Iterable
from typing import Any

from addon.face.bad_request import BadRequest
from addon.face.fields import kind

MAX_DEPTH = 256
"""Levels of nesting. Schemas need some 30; the JSON readers of providers give up somewhere above 100 to 1,000."""

MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes of a compressed request body once it is unpacked."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def unpack_body(content_encoding: str, raw: bytes, limit: int = MAX_UNPACKED) -> bytes:
    """The body without its content-encoding (gzip or deflate; facts A1.9). Raises BadRequest."""
    name = content_encoding.strip().lower()
    if name in ("", "identity"):
        return raw
    if name not in ("gzip", "x-gzip", "deflate"):
        raise BadRequest(
            None, f"content-encoding {content_encoding!r} is not supported: send gzip, or no encoding at all"
        )
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        unpacked = unpacker.decompress(raw, limit)
    except zlib.error:
        raise BadRequest(None, f"the request body says content-encoding {name}, but it is not {name}") from None
    if unpacker.unconsumed_tail:
        raise BadRequest(None, f"the request body is larger than {limit} bytes once it is unpacked")
    if not unpacker.eof:
        raise BadRequest(None, "the compressed request body ends too early")
    return unpacked


def read_object(content_type: str, raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises BadRequest that says what is wrong and where."""
    if content_type.strip().lower().startswith("multipart/"):
        raise BadRequest(None, f"this endpoint takes JSON, not {content_type.partition(';')[0]}: send application/json")
    if not raw.strip():
        raise BadRequest(None, "the request body is empty: send a JSON object")
    document = _parse(raw)
    if not isinstance(document, dict):
        raise BadRequest(None, f"the request body must be a JSON object, not {kind(document)}")
    # Only a body with that many brackets can be nested so deeply, and only an escape can hold half a character.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _check_depth(document)
    if _SURROGATE.search(raw):
        _check_surrogates(document)
    return document


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadRequest(None, f"the request body is not valid JSON: {error.msg} ({where})") from None
    except UnicodeDecodeError as error:
        raise BadRequest(None, f"the request body is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise _too_deep() from None
    except BadRequest:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise BadRequest(None, f"the request body is not usable JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two equal keys we would read one and a provider the other: that is how checks are walked around."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise BadRequest(None, f"the key {double!r} stands twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise BadRequest(None, f"the request body is not valid JSON: {name} is no JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadRequest(None, f"the number {digits[:40]} is too large")
    return value


def _check_depth(document: dict[str, Any]) -> None:
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item) if isinstance(child, dict | list)]
        if not level:
            return
    raise _too_deep()


def _children(item: Any) -> Iterable[Any]:
    return item.values() if isinstance(item, dict) else item


def _too_deep() -> BadRequest:
    return BadRequest(None, f"the request body is nested more than {MAX_DEPTH} levels deep")


def _check_surrogates(document: dict[str, Any]) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        message = "the request body holds half a surrogate pair (an escape such as \\ud83d without its second half)"
        raise BadRequest(None, message) from None
