"""multipart/form-data: where its parts are, by byte offsets, so that whoever changes one leaves the others alone.

Must not know what the fields mean. RFC 7578; every refusal says what to change in the client.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from addon.canon.form import FormPart

MOST_PARTS = 1000
HEAD_LIMIT = 16 * 1024
"""Bytes of the headers of one part."""

_BOUNDARY = re.compile(r";\s*boundary\s*=\s*(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))", re.IGNORECASE)
_PARAMETER = re.compile(r";\s*([A-Za-z0-9*]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]*))")
_ESCAPED = re.compile(r"\\([\"\\])")
_PADDING = re.compile(rb"[ \t]*\r\n")


def boundary_of(content_type: str) -> bytes:
    """The boundary that a content-type header names. Raises ValueError."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ValueError("the content-type multipart/form-data names no boundary")
    return (found[1] or found[2]).encode("latin-1", "replace")


def parse(boundary: bytes, raw: bytes) -> tuple[FormPart, ...]:
    """The parts of the form, in order. Raises ValueError for a body that is none, or that breaks a limit."""
    parts: list[FormPart] = []
    for start, head, end in _spans(b"--" + boundary, raw):
        if len(parts) == MOST_PARTS:
            raise ValueError(f"the form has more than {MOST_PARTS} parts")
        parts.append(_part(raw, start, head, end))
    return tuple(parts)


def _spans(delimiter: bytes, raw: bytes) -> Iterator[tuple[int, int, int]]:
    """(where a part's delimiter begins, where its headers begin, where the next delimiter begins) of each part."""
    start = 0 if raw.startswith(delimiter) else raw.find(b"\r\n" + delimiter) + 2
    if start == 1:
        raise ValueError("the body does not hold the boundary that its content-type names")
    while not raw.startswith(b"--", start + len(delimiter)):
        line = _PADDING.match(raw, start + len(delimiter))
        if line is None:
            raise ValueError("a boundary of the form is not alone on its line")
        end = raw.find(b"\r\n" + delimiter, line.end() - 2)
        if end < 0:
            raise ValueError("the form ends before its last boundary")
        yield start, line.end(), end + 2
        start = end + 2


def _part(raw: bytes, start: int, head: int, end: int) -> FormPart:
    """`end` is where the next delimiter begins; the line break before it belongs to the delimiter."""
    blank = raw.find(b"\r\n\r\n", head - 2, end)
    if blank < 0:
        raise ValueError("a part of the form has no blank line behind its headers")
    if blank - head > HEAD_LIMIT:
        raise ValueError(f"the headers of a part are longer than {HEAD_LIMIT} bytes")
    headers = _headers(raw[head:blank])
    named = _parameters(headers.get("content-disposition", ""))
    if "name" not in named:
        raise ValueError("a part of the form has no name in its content-disposition")
    filename = named.get("filename*", named.get("filename"))
    return FormPart(named["name"], filename, headers.get("content-type", ""), start, blank + 4, end - 2, end)


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _parameters(disposition: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(disposition):
        value = _ESCAPED.sub(r"\1", quoted) or bare
        found[name.lower()] = unquote(value.rpartition("'")[2]) if name.endswith("*") else value
    return found
