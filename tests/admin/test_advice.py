from __future__ import annotations

import pytest
from flask import Flask

from addon.canon.fault import FaultKind
from admin.advice import ADVICE, advised


@pytest.mark.parametrize(
    ("kind", "language", "text"),
    [
        ("bad_key", "en", "The provider refuses the key. Incorrect key"),
        ("bad_key", "zh", "服务商拒绝了该密钥。 Incorrect key"),
        ("bad_request", "en", "Incorrect key"),
        ("", "en", "Incorrect key"),
    ],
)
def test_advice_stands_before_what_was_said(kind: str, language: str, text: str) -> None:
    with Flask(__name__).test_request_context("/", headers={"Accept-Language": language}):
        assert advised(kind, "Incorrect key") == text


def test_the_classes_are_the_relays() -> None:
    assert set(ADVICE) <= {kind.value for kind in FaultKind}
