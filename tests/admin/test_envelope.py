from __future__ import annotations

import pytest
from flask import Flask

from admin.envelope import body, page_number, picked, whole
from rules.errors import Invalid


@pytest.mark.parametrize(
    ("value", "number"), [("7", 7), (7, 7), (7.9, 7), ("x", 0), (None, 0), (True, 0), ([], 0), ("", 0)]
)
def test_whole(value: object, number: int) -> None:
    assert whole({"n": value}, "n") == number


def test_picked_takes_named_fields_that_are_there() -> None:
    assert picked({"a": 1, "b": None, "c": 3}, ("a", "b", "d")) == {"a": 1, "b": None}


def test_page_number_is_never_negative() -> None:
    app = Flask(__name__)
    for query, number in (("p=3", 3), ("p=-3", 0), ("p=x", 0), ("", 0)):
        with app.test_request_context(f"/?{query}"):
            assert page_number() == number


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"null", b"\xff"])
def test_body_refuses_what_is_no_object(data: bytes) -> None:
    with Flask(__name__).test_request_context("/", method="POST", data=data), pytest.raises(Invalid):
        body()


def test_body_is_read_whatever_its_content_type_says() -> None:
    with Flask(__name__).test_request_context("/", method="POST", data=b'{"a": 1}', content_type="text/plain"):
        assert body() == {"a": 1}
