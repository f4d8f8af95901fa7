"""What of a fault is more than fields."""

from __future__ import annotations

import pytest

from addon.canon.fault import document_in, retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "21"}, 21),
        ({"retry-after": "0"}, 0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_retry_after_is_seconds_or_nothing(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("body", "document"), [(b'{"a":1}', {"a": 1}), (b"[]", []), (b"<html>", None), (b"", None), (b"[" * 100_000, None)]
)
def test_an_errors_body_is_a_document_or_nothing(body: bytes, document: object) -> None:
    assert document_in(body) == document
